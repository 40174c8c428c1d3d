// Keys of the page, those of Grafana where it has them: single keys and two in a row, never while something is typed.
import { openDialog } from './dialog.ts';
import { element } from './dom.ts';
import { groupsOf } from './grouping.ts';

/** A key or two in a row (`t z`), what it does, and where it is listed. */
export interface Shortcut {
  readonly keys: string;
  readonly label: string;
  readonly group: string;
  act(): void;
}

/** The second key of two must follow within this time. */
const sequenceMs = 1500;

/** What a key is called in lists. */
const keyNames: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };

/** Listens for the keys; `?` lists them. */
export function startShortcuts(shortcuts: readonly Shortcut[]): void {
  let first: { readonly key: string; readonly at: number } | undefined;
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      shortcuts.find(({ keys }) => keys === '/')?.act();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const begun = first && event.timeStamp - first.at < sequenceMs ? `${first.key} ${event.key}` : undefined;
    const found = shortcuts.find(({ keys }) => keys === begun) ?? shortcuts.find(({ keys }) => keys === event.key);
    const isStart = shortcuts.some(({ keys }) => keys.startsWith(`${event.key} `));
    first = !found && isStart ? { key: event.key, at: event.timeStamp } : undefined;
    if (event.key === '?') {
      event.preventDefault();
      showHelp(shortcuts);
    } else if (found) {
      event.preventDefault();
      found.act();
    }
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, .popover') !== null;
}

/** Lists the keys. */
export function showHelp(shortcuts: readonly Shortcut[]): void {
  const groups = groupsOf(shortcuts, ({ group }) => group);
  openDialog('Keyboard shortcuts', 'help', (close) => [
    element(
      'header',
      { class: 'dialog-head' },
      element('h2', {}, 'Keyboard shortcuts'),
      element('button', { type: 'button', class: 'tool', onclick: close }, 'Close'),
    ),
    element(
      'div',
      { class: 'help-groups' },
      ...groups.map(([group, entries]) =>
        element(
          'section',
          {},
          element('h3', {}, group),
          element(
            'dl',
            {},
            ...entries.flatMap(({ keys, label }) => [
              element('dt', {}, ...keys.split(' ').map((key) => element('kbd', {}, keyNames[key] ?? key))),
              element('dd', {}, label),
            ]),
          ),
        ),
      ),
    ),
    element('p', { class: 'hint' }, 'Ctrl+K finds a dashboard too. Two keys are pressed one after the other.'),
  ]);
}
