// Text panels: the Markdown of the definition as elements. No text ever becomes markup.
import { element } from './dom.ts';
import { readMarkdown } from './markdown.ts';
import type { Block, Inline } from './markdown.ts';
import type { TextDefinition } from './wire.ts';

/** The content of a text panel; false when there is nothing to show. */
export function drawText(body: HTMLElement, panel: TextDefinition): boolean {
  const blocks = readMarkdown(panel.markdown);
  body.replaceChildren(element('div', { class: 'words', tabindex: 0 }, ...blocks.map(blockElement)));
  return blocks.length > 0;
}

function blockElement(block: Block): HTMLElement {
  switch (block.kind) {
    case 'heading':
      return element('h4', {}, ...block.content.map(inlineNode));
    case 'paragraph':
      return element('p', {}, ...block.content.map(inlineNode));
    case 'list':
      return element(
        block.isOrdered ? 'ol' : 'ul',
        {},
        ...block.items.map((item) => element('li', {}, ...item.map(inlineNode))),
      );
  }
}

function inlineNode(piece: Inline): Node | string {
  switch (piece.kind) {
    case 'text':
      return piece.text;
    case 'bold':
      return element('strong', {}, piece.text);
    case 'code':
      return element('code', {}, piece.text);
    case 'link': {
      const isInside = piece.href.startsWith('/');
      const attributes = isInside ? { 'data-inside': true } : { target: '_blank', rel: 'noopener noreferrer' };
      return element('a', { href: piece.href, ...attributes }, piece.text);
    }
  }
}
