// The address bar is the state of the page: which view, which range, which choices. Nothing else remembers them, so a
// copied link shows the same.
import type { TimeRange } from './time-range.ts';

/** What the address says. */
export interface Address {
  readonly view: 'start' | 'dashboard' | 'status' | 'alerts';
  readonly uid: string;
  /** Undefined: the dashboard's own range. */
  readonly range: TimeRange | undefined;
  /** Seconds between refreshes, 0 for none; undefined: the dashboard's own. */
  readonly refreshSeconds: number | undefined;
  /** Chosen values by variable; an absent one means All. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
  /** The panel that fills the page. */
  readonly viewPanel: number | undefined;
  /** Kinds of events that are not drawn over the charts, by id. */
  readonly hidden: readonly string[];
}

/** Reads an address; parts that make no sense are left out. */
export function readAddress(path: string, search: string): Address {
  const parameters = new URLSearchParams(search);
  const dashboard = /^\/d\/([^/]+)\/?$/.exec(path);
  const from = parameters.get('from');
  const refresh = /^(\d{1,5})s$/.exec(parameters.get('refresh') ?? '');
  const variables = new Map<string, string[]>();
  for (const [key, value] of parameters) {
    if (!key.startsWith('var-')) continue;
    const name = key.slice(4);
    variables.set(name, [...(variables.get(name) ?? []), value]);
  }
  const viewed = /^\d{1,6}$/.exec(parameters.get('viewPanel') ?? '');
  let view: Address['view'] = 'start';
  if (dashboard) view = 'dashboard';
  else if (/^\/status\/?$/.test(path)) view = 'status';
  else if (/^\/alerts\/?$/.test(path)) view = 'alerts';
  return {
    view,
    uid: decoded(dashboard?.[1] ?? ''),
    range: from === null ? undefined : { from, to: parameters.get('to') ?? 'now' },
    refreshSeconds: refresh ? Number(refresh[1]) : parameters.get('refresh') === 'off' ? 0 : undefined,
    variables,
    viewPanel: viewed ? Number(viewed[0]) : undefined,
    hidden: parameters.getAll('hide'),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address as text, for links and for the history. */
export function addressText(address: Address): string {
  const parameters = new URLSearchParams();
  if (address.range) {
    parameters.set('from', address.range.from);
    parameters.set('to', address.range.to);
  }
  if (address.refreshSeconds !== undefined) {
    parameters.set('refresh', address.refreshSeconds === 0 ? 'off' : `${address.refreshSeconds}s`);
  }
  for (const [name, values] of address.variables) for (const value of values) parameters.append(`var-${name}`, value);
  for (const id of address.hidden) parameters.append('hide', id);
  if (address.viewPanel !== undefined) parameters.set('viewPanel', String(address.viewPanel));
  const dashboard = `/d/${encodeURIComponent(address.uid)}`;
  const path = { start: '/', status: '/status', alerts: '/alerts', dashboard }[address.view];
  const search = parameters.toString();
  return search === '' ? path : `${path}?${search}`;
}
