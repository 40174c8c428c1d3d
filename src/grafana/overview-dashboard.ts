// The dashboard `Overview`: is anything wrong right now, and where? (grafana 11.1). Plain data over what the engine and
// the alert receiver store, and over the part that each family gives; the live page draws it too.
import type { OverviewPart } from '../model/family.ts';
import type { Dashboard, StatPanel } from '../model/panel.ts';
import { evenLines } from './even-lines.ts';
import { overviewDetails } from './overview-details.ts';
import { familyPictures } from './overview-families.ts';
import { commonTiles } from './overview-tiles.ts';

/** The most tiles in a line, so that their titles can be read. */
const mostTiles = 6;

/** The dashboard with the parts of the families, tiles in the order of their numbers. */
export function overviewDashboard(parts: readonly OverviewPart[]): Dashboard {
  const tiles: Omit<StatPanel, 'width' | 'height'>[] = [...commonTiles, ...parts.flatMap((part) => part.tiles)];
  tiles.sort((first, second) => first.id - second.id);
  return {
    uid: 'sb-overview',
    title: 'Overview',
    description: 'Is anything wrong right now, and where? A click on a tile leads to the dashboard behind it.',
    folder: 'Switchboard',
    tags: ['switchboard', 'overview'],
    defaultRangeSeconds: 6 * 3600,
    refreshSeconds: 60,
    variables: [],
    sections: [
      { title: 'State', panels: evenLines(tiles, { most: mostTiles, height: 4 }) },
      { title: 'Families', panels: evenLines(familyPictures(parts), { most: 3, height: 8 }) },
      { title: 'Details', panels: overviewDetails },
    ],
  };
}
