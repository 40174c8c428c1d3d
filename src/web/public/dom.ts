// Building the document. Texts only ever become text nodes: log data is never markup, and characters that would change
// how others are shown (control, direction) are made visible.

type Child = Node | string | undefined;

/** Attributes and properties of a new element: `class`, `on<event>`, `aria-…`, `data-…`, or any attribute. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | undefined | ((event: never) => void);
}

/** Control characters, and those that turn the direction of writing: in a name they can only deceive. */
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text with a mark in place of each character that cannot be shown. */
export function shown(text: string): string {
  return text.replace(unprintable, '\ufffd');
}

/** A new element. False and undefined attributes are left out, true ones are empty, functions are listeners. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key.slice(2), value as EventListener);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== undefined && value !== false)
      made.setAttribute(key, key === 'title' ? shown(String(value)) : String(value));
  }
  for (const child of children) if (child !== undefined) made.append(typeof child === 'string' ? shown(child) : child);
  return made;
}

/** A new SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Node[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

const iconPaths = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18',
  back: 'M15 6l-6 6l6 6',
  forward: 'M9 6l6 6l-6 6',
  zoomOut: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L20 20M7.5 10.5h6',
  refresh: 'M19 12a7 7 0 1 1-2.1-5M19 4v4h-4',
  sun: 'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 3v1.5M12 19.5v1.5M3 12h1.5M19.5 12h1.5M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
  moon: 'M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5',
  table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9',
  chart: 'M4 4v16h16M7 15l4-5l3 3l5-7',
  info: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5.5M12 7.6v.1',
  warning: 'M12 4L3 20h18zM12 10v5M12 17.4v.1',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  down: 'M6 9l6 6l6-6',
  grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  expand: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  shrink: 'M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5',
  link: 'M13 4h7v7M20 4L10 14M17 14v6H4V7h6',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L20 20',
  keyboard: 'M3 7h18v11H3zM7 11h.1M12 11h.1M17 11h.1M8 14.5h8',
  pulse: 'M3 12h4l3-7l4 14l3-7h4',
} as const;

/** The name of an icon. */
export type IconName = keyof typeof iconPaths;

/** A line icon in the colour of the text; hidden from screen readers, so its button needs a label. */
export function icon(name: IconName): SVGSVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: iconPaths[name] }),
  );
}
