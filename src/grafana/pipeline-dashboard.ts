// The dashboard `Pipeline health`: can we trust the other dashboards? (grafana 11.9). Plain data over the engine's own
// measurement; the live page draws it too.
import type { Dashboard } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { detailPanels } from './pipeline-details.ts';
import { ratePanels } from './pipeline-rates.ts';
import { receiverPanels } from './pipeline-receivers.ts';
import { saturationPanels } from './pipeline-saturation.ts';
import { statePanels } from './pipeline-state.ts';

/** The dashboard. Its panel 13 belongs to the message queue transport and stays free. */
export const pipelineDashboard: Dashboard = {
  uid: 'sb-pipeline',
  title: 'Pipeline health',
  description: 'Can we trust the other dashboards? What Switchboard reads, rejects, delays and delivers.',
  folder: 'Switchboard Operations',
  tags: ['switchboard', 'pipeline'],
  defaultRangeSeconds: 6 * 3600,
  refreshSeconds: 60,
  variables: [
    { name: 'family', label: 'Family', measurement: switchboardPipeline, tag: 'family' },
    { name: 'host', label: 'Host', measurement: switchboardPipeline, tag: 'host' },
  ],
  sections: [
    { title: 'State', panels: statePanels },
    { title: 'Rates and errors', panels: ratePanels },
    { title: 'Saturation', panels: saturationPanels },
    { title: 'Received by network', panels: receiverPanels },
    { title: 'Details', panels: detailPanels },
  ],
};
