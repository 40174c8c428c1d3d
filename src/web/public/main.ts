// The page: navigation at the side, one view, and the pipeline's state asked every five seconds.
import { addressText, readAddress } from './address.ts';
import type { Address } from './address.ts';
import { alertsBadge } from './alerts-badge.ts';
import { AlertsView } from './alerts-view.ts';
import { ApiError, fetchDashboard, fetchDashboards, fetchSpan, fetchStatus } from './api.ts';
import { DashboardView } from './dashboard-view.ts';
import { element, icon } from './dom.ts';
import { noteServerTime, serverNow } from './server-time.ts';
import { StatusView, healthBadge } from './status-view.ts';
import { currentTheme, startTheme, toggleTheme } from './theme.ts';
import { openingRange } from './time-range.ts';
import type { DashboardList, StatusAnswer } from './wire.ts';

const statusIntervalMs = 5000;

type View =
  | { readonly kind: 'dashboard'; readonly uid: string; readonly view: DashboardView }
  | { readonly kind: 'status'; readonly view: StatusView }
  | { readonly kind: 'alerts'; readonly view: AlertsView }
  | { readonly kind: 'message'; readonly view: { readonly root: HTMLElement } };

const main = element('main', { id: 'main', tabindex: -1 });
const links = element('ul', { class: 'nav-list' });
const health = element('span', { class: 'nav-health' });
const banner = element(
  'div',
  { class: 'banner', role: 'alert', hidden: true },
  icon('warning'),
  element('span', {}, 'Switchboard does not answer. The page shows the last values and keeps trying.'),
);
const navigation = element('nav', { class: 'nav', id: 'nav', 'aria-label': 'Dashboards' });

let list: DashboardList = { hasStore: true, dashboards: [] };
let shown: View | undefined;
let lastStatus: StatusAnswer | undefined;
/** Counts navigations, so that an answer that comes late does not replace a newer view. */
let turn = 0;

function go(address: Address): void {
  const text = addressText(address);
  if (text !== location.pathname + location.search) history.pushState(null, '', text);
  void apply();
}

function show(view: View): void {
  if (shown?.kind === 'dashboard' || shown?.kind === 'alerts') shown.view.destroy();
  shown = view;
  main.replaceChildren(view.view.root);
  main.scrollTop = 0;
}

async function apply(): Promise<void> {
  const here = ++turn;
  const address = readAddress(location.pathname, location.search);
  document.body.classList.remove('nav-open');
  if (address.view === 'start') {
    const first = list.hasStore ? list.dashboards[0] : undefined;
    const target: Address = first ? { ...address, view: 'dashboard', uid: first.uid } : { ...address, view: 'status' };
    history.replaceState(null, '', addressText(target));
    return apply();
  }
  drawNavigation(address);
  if (address.view === 'status') {
    document.title = 'Pipeline status - Switchboard';
    if (shown?.kind !== 'status') show({ kind: 'status', view: new StatusView() });
    if (lastStatus && shown?.kind === 'status') shown.view.show(lastStatus);
    return;
  }
  if (address.view === 'alerts') {
    document.title = 'Alerts - Switchboard';
    show({ kind: 'alerts', view: new AlertsView(list.dashboards.map(({ uid }) => uid)) });
    return;
  }
  if (shown?.kind === 'dashboard' && shown.uid === address.uid) {
    shown.view.show(address);
    return;
  }
  try {
    const [definition, stored] = await Promise.all([fetchDashboard(address.uid), fetchSpan().catch(() => undefined)]);
    if (here !== turn) return;
    document.title = `${definition.title} - Switchboard`;
    const opening = openingRange(definition.defaultRangeSeconds, stored?.span ?? undefined, serverNow());
    const view = new DashboardView(definition, opening, address, { go, setAway });
    show({ kind: 'dashboard', uid: address.uid, view });
  } catch (error) {
    if (here !== turn) return;
    const text = error instanceof Error ? error.message : String(error);
    document.title = 'Not found - Switchboard';
    show({
      kind: 'message',
      view: {
        root: element(
          'div',
          { class: 'view view-message', role: 'alert' },
          icon('warning'),
          element('p', {}, text),
          element('a', { href: '/', 'data-inside': true }, 'To the start page'),
        ),
      },
    });
  }
}

function setAway(isAway: boolean): void {
  banner.hidden = !isAway;
}

function drawNavigation(address: Address): void {
  const entry = (href: string, text: string, title: string, isHere: boolean, mark: Node): HTMLElement =>
    element(
      'li',
      {},
      element(
        'a',
        { href, title, 'data-inside': true, ...(isHere ? { 'aria-current': 'page' } : {}) },
        mark,
        element('span', {}, text),
      ),
    );
  const folders = new Map<string, HTMLElement[]>();
  for (const dashboard of list.dashboards) {
    // Time range and refreshing are kept from one dashboard to the next, as in Grafana.
    const href = addressText({ ...address, view: 'dashboard', uid: dashboard.uid });
    const made = entry(href, dashboard.title, dashboard.description, address.uid === dashboard.uid, icon('grid'));
    folders.set(dashboard.folder, [...(folders.get(dashboard.folder) ?? []), made]);
  }
  const status = entry(
    addressText({ ...address, view: 'status' }),
    'Status',
    'Sources, files, outputs and sums',
    address.view === 'status',
    icon('pulse'),
  );
  const alerts = entry('/alerts', 'Alerts', 'What fires, and the rules', address.view === 'alerts', icon('warning'));
  status.querySelector('a')?.append(health);
  links.replaceChildren(
    ...[...folders].flatMap(([folder, entries]) => [element('li', { class: 'nav-folder' }, folder), ...entries]),
    element('li', { class: 'nav-folder' }, 'System'),
    alerts,
    status,
  );
}

async function pollStatus(): Promise<void> {
  try {
    const status = await fetchStatus(AbortSignal.timeout(10_000));
    lastStatus = status;
    noteServerTime(status.nowMs);
    setAway(false);
    health.replaceChildren(healthBadge(status.health));
    if (shown?.kind === 'status') shown.view.show(status);
  } catch (error) {
    setAway(!(error instanceof ApiError) || error.isAway);
  }
}

function frame(): void {
  const themeButton = element('button', { type: 'button', class: 'tool' });
  const drawTheme = (): void => {
    const next = currentTheme() === 'dark' ? 'light' : 'dark';
    themeButton.replaceChildren(icon(next === 'light' ? 'sun' : 'moon'));
    themeButton.setAttribute('aria-label', `Use the ${next} theme`);
    themeButton.title = `Use the ${next} theme`;
  };
  const onTheme = (): void => {
    drawTheme();
    if (shown?.kind === 'dashboard') shown.view.redraw();
  };
  startTheme(onTheme);
  themeButton.addEventListener('click', () => {
    toggleTheme();
    onTheme();
  });
  drawTheme();
  const menu = element(
    'button',
    { type: 'button', class: 'tool nav-toggle', 'aria-label': 'Dashboards', 'aria-controls': 'nav' },
    icon('menu'),
  );
  menu.addEventListener('click', () => {
    const isOpen = document.body.classList.toggle('nav-open');
    menu.setAttribute('aria-expanded', String(isOpen));
  });
  const logo = element('img', { src: '/assets/icon.svg', alt: '', width: 26, height: 26 });
  navigation.append(links);
  document.body.append(
    element('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    element(
      'header',
      { class: 'top' },
      menu,
      element('a', { class: 'brand', href: '/', 'data-inside': true }, logo, element('span', {}, 'Switchboard')),
      element('div', { class: 'top-space' }),
      alertsBadge(),
      themeButton,
    ),
    navigation,
    banner,
    main,
  );
  main.addEventListener('pointerdown', () => document.body.classList.remove('nav-open'));
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[data-inside]') : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)
      return;
    event.preventDefault();
    history.pushState(null, '', link.href);
    void apply();
  });
  addEventListener('popstate', () => void apply());
}

async function start(): Promise<void> {
  frame();
  main.append(element('p', { class: 'hint view' }, 'Loading …'));
  await pollStatus();
  const loadList = async (): Promise<void> => {
    try {
      list = await fetchDashboards();
      await apply();
    } catch {
      setAway(true);
      setTimeout(() => void loadList(), statusIntervalMs);
    }
  };
  await loadList();
  setInterval(() => {
    if (!document.hidden) void pollStatus();
  }, statusIntervalMs);
}

void start();
