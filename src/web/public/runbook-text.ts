// A section of a runbook as elements: the little Markdown that our runbooks use. Everything becomes text nodes; a link
// stays its words, for its target is a file of the repository.
import { element } from './dom.ts';

/** Paragraphs, numbered and plain lists, code blocks; in lines: bold, code and links. */
export function runbookText(text: string): HTMLElement {
  const root = element('div', { class: 'runbook' });
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split('\n').filter((line) => line.trim() !== '');
    const [first = ''] = lines;
    if (lines.length === 0) continue;
    if (first.startsWith('```')) {
      root.append(element('pre', {}, lines.filter((line) => !line.startsWith('```')).join('\n')));
    } else if (/^(\d+\.|[-*]) /.test(first)) {
      root.append(element(/^\d/.test(first) ? 'ol' : 'ul', {}, ...items(lines).map((item) => inline('li', item))));
    } else if (first.startsWith('#')) {
      root.append(inline('h4', first.replace(/^#+ */, '')));
    } else root.append(inline('p', lines.join(' ')));
  }
  return root;
}

/** Lines that do not begin an item go on with the one before. */
function items(lines: readonly string[]): string[] {
  const found: string[] = [];
  for (const line of lines) {
    const begins = /^(?:\d+\.|[-*]) (.*)$/.exec(line);
    if (begins) found.push(begins[1] ?? '');
    else found.push(`${found.pop() ?? ''} ${line.trim()}`.trim());
  }
  return found;
}

function inline(name: 'p' | 'li' | 'h4', text: string): HTMLElement {
  const made = element(name);
  for (const part of text.split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)]*\))/)) {
    if (part.startsWith('**')) made.append(element('strong', {}, part.slice(2, -2)));
    else if (part.startsWith('`')) made.append(element('code', {}, part.slice(1, -1)));
    else made.append(part.replace(/^\[([^\]]+)\]\([^)]*\)$/, '$1'));
  }
  return made;
}
