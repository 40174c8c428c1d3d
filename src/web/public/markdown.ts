// A small part of Markdown, read into plain data: headings, paragraphs, lists, links, bold and code. Everything else,
// markup of HTML above all, stays the text that it is. Pure; each text is gone through once.

/** A piece of a line. */
export type Inline =
  | { readonly kind: 'text' | 'bold' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** A block of the text. */
export type Block =
  | { readonly kind: 'heading' | 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] };

/** Reads a text into blocks. */
export function readMarkdown(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let items: { isOrdered: boolean; texts: string[] } | undefined;
  const endParagraph = (): void => {
    if (lines.length > 0) blocks.push({ kind: 'paragraph', content: readInline(lines.join(' ')) });
    lines = [];
  };
  const endList = (): void => {
    if (items) blocks.push({ kind: 'list', isOrdered: items.isOrdered, items: items.texts.map(readInline) });
    items = undefined;
  };
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const heading = /^#{1,4} +(\S.*)$/.exec(line);
    const item = /^(?:[-*]|(\d{1,3})[.)]) +(\S.*)$/.exec(line);
    if (line === '' || heading) {
      endParagraph();
      endList();
      if (heading) blocks.push({ kind: 'heading', content: readInline(heading[1] ?? '') });
    } else if (item) {
      endParagraph();
      const isOrdered = item[1] !== undefined;
      if (items && items.isOrdered !== isOrdered) endList();
      items ??= { isOrdered, texts: [] };
      items.texts.push(item[2] ?? '');
    } else if (items && /^\s/.test(raw)) {
      // An indented line goes on with the item above it.
      items.texts.push(`${items.texts.pop() ?? ''} ${line}`);
    } else {
      endList();
      lines.push(line);
    }
  }
  endParagraph();
  endList();
  return blocks;
}

const closers = { '**': 'bold', '`': 'code' } as const;

function readInline(text: string): readonly Inline[] {
  const found: Inline[] = [];
  let plain = '';
  const put = (piece: Inline): void => {
    if (plain !== '') found.push({ kind: 'text', text: plain });
    plain = '';
    found.push(piece);
  };
  // A mark without its partner is looked for once only: the time stays linear.
  const unpaired = new Set<string>();
  for (let place = 0; place < text.length;) {
    const mark = text.startsWith('**', place) ? '**' : text[place] === '`' ? '`' : undefined;
    const end = mark === undefined || unpaired.has(mark) ? -1 : text.indexOf(mark, place + mark.length);
    if (mark !== undefined && end < 0) unpaired.add(mark);
    const link = text[place] === '[' ? linkAt(text, place) : undefined;
    if (mark !== undefined && end > place + mark.length) {
      put({ kind: closers[mark], text: text.slice(place + mark.length, end) });
      place = end + mark.length;
    } else if (link) {
      put(link.piece);
      place = link.end;
    } else {
      plain += text[place] ?? '';
      place++;
    }
  }
  if (plain !== '') found.push({ kind: 'text', text: plain });
  return found;
}

/** Longest text and longest address of a link; a bracket without end is not searched further. */
const maxLinkText = 300;
const maxHref = 2000;

function linkAt(text: string, place: number): { readonly piece: Inline; readonly end: number } | undefined {
  const middle = text.slice(place, place + maxLinkText).indexOf('](');
  if (middle < 2) return undefined;
  const start = place + middle + 2;
  const length = text.slice(start, start + maxHref).indexOf(')');
  const href = safeHref(text.slice(start, start + Math.max(0, length)));
  if (length < 1 || href === undefined) return undefined;
  return { piece: { kind: 'link', text: text.slice(place + 1, place + middle), href }, end: start + length + 1 };
}

/** Addresses of this page (`/d/...`) and of the web; nothing else can be followed. */
export function safeHref(href: string): string | undefined {
  if (/^\/(?![/\\])[^\s]*$/.test(href)) return href;
  return /^https?:\/\/[^\s]+$/i.test(href) ? href : undefined;
}
