// The events of every site on the page: opened for the worst sites, a click away for the others.
import { escapeHtml } from '../../../model/report-text.ts';
import { isHintMark, markWord } from './report-events.ts';
import type { ReportLine } from './report-events.ts';
import type { ReportClock } from './report-words.ts';
import { plural } from './report-words.ts';

/** Sites whose events are shown without a click, and lines shown of one site. */
const openSites = 3;
const mostLines = 500;

/** The events of every site, those in `first` before the others, in this order. */
export function eventsSection(first: readonly string[], lines: readonly ReportLine[], clock: ReportClock): string {
  const bySite = new Map<string, ReportLine[]>();
  for (const line of lines) {
    const list = bySite.get(line.site);
    if (list) list.push(line);
    else bySite.set(line.site, [line]);
  }
  if (bySite.size === 0) return '';
  const order = [...new Set([...first, ...bySite.keys()])].filter((site) => bySite.has(site));
  const blocks = order.map((site, index) => {
    const own = bySite.get(site) ?? [];
    const body = own.slice(0, mostLines).map(({ timeMs, mark, text }) => {
      const word = markWord(mark);
      const hint = isHintMark(mark) ? ' (hint)' : '';
      return `<tr><td class="plain">${escapeHtml(clock.long(timeMs))}</td><td class="text mark ${markLevel(word)}">${escapeHtml(word)}${hint}</td><td class="text">${escapeHtml(text)}</td></tr>`;
    });
    const rest =
      own.length > mostLines ? `<p class="quiet">and ${plural(own.length - mostLines, 'more line')}</p>` : '';
    return `<details${index < openSites ? ' open' : ''}><summary>${escapeHtml(site)} <span>${plural(own.length, 'line')}</span></summary>
<table class="events"><tbody>
${body.join('\n')}
</tbody></table>${rest}</details>`;
  });
  return `<h2>Events</h2>
<p class="quiet">Opened for the first sites; the others are not printed unless they are opened.</p>
${blocks.join('\n')}`;
}

function markLevel(word: string): string {
  if (word === 'DOWN' || word === 'ERR!' || word === 'WARNING') return 'bad';
  if (word === 'UP') return 'good';
  return word === 'ISDN' || word === 'BKUP' || word === 'BOOT' ? 'fair' : '';
}
