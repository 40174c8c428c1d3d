// The dashboards at the side, by folder, and the pipeline's state with its health.
import { addressText } from './address.ts';
import type { Address } from './address.ts';
import { element, icon } from './dom.ts';
import { groupsOf } from './grouping.ts';
import type { DashboardList, DrillLink } from './wire.ts';

/** The entries for an address; `health` is the badge at the pipeline's state. */
export function navigationEntries(list: DashboardList, address: Address, health: HTMLElement): readonly HTMLElement[] {
  const status = entry(
    addressText({ ...address, view: 'status', viewPanel: undefined }),
    'Status',
    'Sources, files, outputs and sums',
    address.view === 'status',
    icon('pulse'),
  );
  status.querySelector('a')?.append(health);
  return [
    ...groupsOf(list.dashboards, ({ folder }) => folder).flatMap(([folder, dashboards]) => [
      element('li', { class: 'nav-folder' }, folder),
      ...dashboards.map(({ uid, title, description }) =>
        entry(dashboardHref(address, uid), title, description, address.uid === uid, icon('grid')),
      ),
    ]),
    element('li', { class: 'nav-folder' }, 'System'),
    entry('/alerts', 'Alerts', 'What fires, and the rules', address.view === 'alerts', icon('warning')),
    status,
  ];
}

/** The address of a dashboard: range, refreshing, choices and hidden events are kept, as in Grafana. */
export function dashboardHref(address: Address, uid: string): string {
  return addressText({ ...address, view: 'dashboard', uid, viewPanel: undefined });
}

/** The address that a link leads to: range and choices are kept, and its variables are set from the tags of a row. */
export function drillHref(address: Address, link: DrillLink, tags: Readonly<Record<string, string>>): string {
  const variables = new Map(address.variables);
  for (const [name, tag] of Object.entries(link.variables ?? {})) {
    const value = Object.hasOwn(tags, tag) ? tags[tag] : undefined;
    if (value !== undefined) variables.set(name, [value]);
  }
  return dashboardHref({ ...address, variables }, link.dashboard);
}

/** Where the page begins: the overview if there is one, else the first dashboard; undefined without any. */
export function homeOf(list: DashboardList): string | undefined {
  if (!list.hasStore) return undefined;
  return (list.dashboards.find(({ uid }) => uid === 'sb-overview') ?? list.dashboards[0])?.uid;
}

/** What is shown for an address that leads nowhere: the fault and the dashboards there are. */
export function lostMessage(text: string, list: DashboardList, address: Address): HTMLElement {
  return element(
    'div',
    { class: 'view view-message', role: 'alert' },
    icon('warning'),
    element('p', {}, text),
    element('a', { href: '/', 'data-inside': true }, 'To the start page'),
    element(
      'ul',
      { class: 'lost-list' },
      ...list.dashboards.map(({ uid, title }) =>
        element('li', {}, element('a', { href: dashboardHref(address, uid), 'data-inside': true }, title)),
      ),
    ),
  );
}

function entry(href: string, text: string, title: string, isHere: boolean, mark: Node): HTMLElement {
  const attributes = { href, title, 'data-inside': true, ...(isHere ? { 'aria-current': 'page' } : {}) };
  return element('li', {}, element('a', attributes, mark, element('span', {}, text)));
}
