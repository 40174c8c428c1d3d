// What is said above the panels when the store cannot show what was asked for: nothing stored yet, nothing in the range,
// no such panel.
import { element, icon } from './dom.ts';
import { momentText } from './format.ts';
import { absolute } from './time-range.ts';
import type { Span, TimeRange } from './time-range.ts';

/** What is known when the notice is made. */
export interface NoticeState {
  /** Null: nothing is stored. Undefined: not known. */
  readonly stored: Span | null | undefined;
  readonly span: Span;
  readonly statusHref: string;
  /** The number of a panel that was asked for and is not there. */
  readonly unknownPanel: number | undefined;
  choose(range: TimeRange): void;
}

/** The notice for a state, or undefined when there is nothing to say. */
export function noticeOf(state: NoticeState): HTMLElement | undefined {
  const { stored, span, unknownPanel } = state;
  if (stored === null) return emptyStore(state.statusHref);
  if (unknownPanel !== undefined) return notice(`This dashboard has no panel ${unknownPanel}; it is shown whole.`);
  if (!stored || (stored.toMs >= span.fromMs && stored.fromMs < span.toMs)) return undefined;
  const show = element('button', { type: 'button', class: 'tool tool-wide' }, 'Show what is stored');
  show.addEventListener('click', () => state.choose(absolute(stored.fromMs, stored.toMs + 60_000)));
  return notice(
    'Nothing is stored in this time range. The store holds ' +
      `${momentText(stored.fromMs, 60_000)} to ${momentText(stored.toMs, 60_000)}.`,
    show,
  );
}

function notice(text: string, ...more: readonly Node[]): HTMLElement {
  return element('div', { class: 'notice', role: 'status' }, icon('info'), element('span', {}, text), ...more);
}

function emptyStore(statusHref: string): HTMLElement {
  return element(
    'div',
    { class: 'notice notice-tall', role: 'status' },
    icon('info'),
    element(
      'div',
      {},
      element('strong', {}, 'Nothing is stored yet.'),
      ' The page looks again by itself. If it stays empty, check:',
      element(
        'ul',
        {},
        element(
          'li',
          {},
          element('a', { href: statusHref, 'data-inside': true }, 'The status page'),
          ': is every source there, does it find its files, and are lines matched?',
        ),
        element('li', {}, 'The paths, the family and the time zone of the sources in the configuration.'),
        element(
          'li',
          {},
          'What a sample of each input would give: ',
          element('code', {}, 'switchboard check --config FILE'),
        ),
      ),
    ),
  );
}
