// Finding a dashboard: a field to search in and the dashboards by folder, with the arrow keys and Enter.
import { openDialog } from './dialog.ts';
import { element, icon } from './dom.ts';
import { groupsOf } from './grouping.ts';
import type { DashboardList } from './wire.ts';

/** Opens the window; `hrefOf` gives the address of a dashboard, `go` goes there. */
export function openSwitcher(
  dashboards: DashboardList['dashboards'],
  hrefOf: (uid: string) => string,
  go: (href: string) => void,
): void {
  openDialog('Find a dashboard', 'switcher', (close) => {
    const input = element('input', {
      type: 'search',
      class: 'search',
      placeholder: 'Find a dashboard',
      'aria-label': 'Find a dashboard',
      'aria-controls': 'switcher-list',
      autocomplete: 'off',
      autofocus: true,
    });
    const list = element('div', {
      id: 'switcher-list',
      class: 'switcher-list',
      role: 'listbox',
      'aria-label': 'Dashboards',
    });
    let options: readonly HTMLAnchorElement[] = [];
    let place = 0;
    const mark = (): void => {
      for (const [index, option] of options.entries()) {
        option.setAttribute('aria-selected', String(index === place));
        if (index === place) option.scrollIntoView({ block: 'nearest' });
      }
      const chosen = options[place];
      if (chosen) input.setAttribute('aria-activedescendant', chosen.id);
      else input.removeAttribute('aria-activedescendant');
    };
    const fill = (): void => {
      const found = dashboardsFor(dashboards, input.value);
      const made: HTMLAnchorElement[] = [];
      const groups = groupsOf(found, ({ folder }) => folder);
      list.replaceChildren(
        ...groups.flatMap(([folder, entries]) => [
          element('div', { class: 'nav-folder' }, folder),
          ...entries.map(({ uid, title, description }) => {
            const option = element(
              'a',
              { id: `switch-${made.length}`, class: 'switcher-entry', role: 'option', href: hrefOf(uid), tabindex: -1 },
              icon('grid'),
              element('span', { class: 'switcher-title' }, title),
              element('span', { class: 'hint' }, description),
            );
            option.addEventListener('click', (event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              close();
              go(option.href);
            });
            made.push(option);
            return option;
          }),
        ]),
        ...(found.length === 0 ? [element('p', { class: 'hint' }, 'No dashboard has these words.')] : []),
      );
      options = made;
      place = 0;
      mark();
    };
    input.addEventListener('input', fill);
    input.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        const step = event.key === 'ArrowDown' ? 1 : -1;
        place = options.length === 0 ? 0 : (place + step + options.length) % options.length;
        mark();
      } else if (event.key === 'Escape') {
        // A search field would take the key to empty itself.
        event.preventDefault();
        close();
      } else if (event.key === 'Enter') {
        event.preventDefault();
        options[place]?.click();
      }
    });
    fill();
    return [input, list];
  });
}

/** The dashboards that have every word in title, description or folder; those with all in the title first. */
export function dashboardsFor<
  D extends { readonly title: string; readonly description: string; readonly folder: string },
>(dashboards: readonly D[], search: string): readonly D[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const hasAll = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const found = dashboards.filter(({ title, description, folder }) => hasAll(`${title} ${description} ${folder}`));
  const isTitle = (dashboard: D): number => (hasAll(dashboard.title) ? 0 : 1);
  return found.toSorted((first, second) => isTitle(first) - isTitle(second));
}
