// The page: navigation at the side, one view, and the pipeline's state asked every five seconds.
import { addressText, readAddress } from './address.ts';
import type { Address } from './address.ts';
import { alertsBadge } from './alerts-badge.ts';
import { AlertsView } from './alerts-view.ts';
import { ApiError, fetchDashboard, fetchDashboards, fetchSpan, fetchStatus } from './api.ts';
import { DashboardView } from './dashboard-view.ts';
import { element, icon } from './dom.ts';
import { dashboardHref, homeOf, lostMessage, navigationEntries } from './navigation.ts';
import { noteServerTime } from './server-time.ts';
import { showHelp, startShortcuts } from './shortcuts.ts';
import type { Shortcut } from './shortcuts.ts';
import { StatusView, healthBadge } from './status-view.ts';
import { openSwitcher } from './switcher.ts';
import { currentTheme, startTheme, toggleTheme } from './theme.ts';
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
    const home = homeOf(list);
    const target: Address =
      home === undefined ? { ...address, view: 'status' } : { ...address, view: 'dashboard', uid: home };
    history.replaceState(null, '', addressText(target));
    return apply();
  }
  links.replaceChildren(...navigationEntries(list, address, health));
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
    // Null while nothing is stored; not known where the question failed.
    const view = new DashboardView(definition, stored?.span, address, { go, setAway });
    show({ kind: 'dashboard', uid: address.uid, view });
  } catch (error) {
    if (here !== turn) return;
    const text = error instanceof Error ? error.message : String(error);
    document.title = 'Not found - Switchboard';
    show({ kind: 'message', view: { root: lostMessage(text, list, address) } });
  }
}

function setAway(isAway: boolean): void {
  banner.hidden = !isAway;
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

/** Goes to an address of this page given as text, as a click on a link does. */
function follow(href: string): void {
  history.pushState(null, '', href);
  void apply();
}

function find(): void {
  const address = readAddress(location.pathname, location.search);
  openSwitcher(list.dashboards, (uid) => dashboardHref(address, uid), follow);
}

function shortcutsOf(changeTheme: () => void): readonly Shortcut[] {
  const dashboard = (act: (view: DashboardView) => void) => (): void => {
    if (shown?.kind === 'dashboard') act(shown.view);
  };
  return [
    { keys: '?', label: 'This list', group: 'Page', act: () => undefined },
    { keys: '/', label: 'Find a dashboard', group: 'Page', act: find },
    { keys: 'g h', label: 'To the start page', group: 'Page', act: () => follow('/') },
    { keys: 'g a', label: 'To the alerts', group: 'Page', act: () => follow('/alerts') },
    { keys: 'g s', label: 'To the pipeline status', group: 'Page', act: () => follow('/status') },
    { keys: 'c t', label: 'Change the theme', group: 'Page', act: changeTheme },
    { keys: 't z', label: 'Zoom out', group: 'Time range', act: dashboard((view) => view.zoomOut()) },
    { keys: 't ArrowLeft', label: 'Earlier', group: 'Time range', act: dashboard((view) => view.shift(-1)) },
    { keys: 't ArrowRight', label: 'Later', group: 'Time range', act: dashboard((view) => view.shift(1)) },
    {
      keys: 't a',
      label: 'Fix the range, for a link',
      group: 'Time range',
      act: dashboard((view) => view.makeAbsolute()),
    },
    { keys: 'd r', label: 'Refresh all panels', group: 'Dashboard', act: dashboard((view) => void view.refresh()) },
    { keys: 'v', label: 'View the panel alone', group: 'Dashboard', act: dashboard((view) => view.toggleView()) },
    { keys: 'Escape', label: 'Back to all panels', group: 'Dashboard', act: dashboard((view) => view.leaveView()) },
  ];
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
  const changeTheme = (): void => {
    toggleTheme();
    onTheme();
  };
  themeButton.addEventListener('click', changeTheme);
  drawTheme();
  const shortcuts = shortcutsOf(changeTheme);
  startShortcuts(shortcuts);
  const findButton = element(
    'button',
    {
      type: 'button',
      class: 'tool find',
      'aria-label': 'Find a dashboard',
      title: 'Find a dashboard (/)',
      onclick: find,
    },
    icon('search'),
    element('span', {}, 'Find a dashboard'),
    element('kbd', {}, '/'),
  );
  const helpButton = element(
    'button',
    {
      type: 'button',
      class: 'tool help-button',
      'aria-label': 'Keyboard shortcuts',
      title: 'Keyboard shortcuts (?)',
      onclick: () => showHelp(shortcuts),
    },
    icon('keyboard'),
  );
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
      findButton,
      element('div', { class: 'top-space' }),
      alertsBadge(),
      helpButton,
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
    follow(link.href);
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
