// Light or dark: the system's choice until the reader makes one, which this browser then remembers.

const key = 'switchboard-theme';

/** A colour scheme. */
export type Theme = 'dark' | 'light';

const systemIsLight = (): MediaQueryList => matchMedia('(prefers-color-scheme: light)');

const onPaper = (): MediaQueryList => matchMedia('print');

/** The theme in use; paper is light. */
export function currentTheme(): Theme {
  if (onPaper().matches) return 'light';
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return systemIsLight().matches ? 'light' : 'dark';
}

/** Puts the remembered theme in force and calls back when the theme changes, by choice or by the system. */
export function startTheme(onChange: () => void): void {
  const remembered = read();
  if (remembered) document.documentElement.dataset['theme'] = remembered;
  systemIsLight().addEventListener('change', onChange);
  onPaper().addEventListener('change', ({ matches }) => {
    const chosen = read();
    if (matches) document.documentElement.dataset['theme'] = 'light';
    else if (chosen) document.documentElement.dataset['theme'] = chosen;
    else delete document.documentElement.dataset['theme'];
    onChange();
  });
}

/** Changes to the other theme and remembers it. */
export function toggleTheme(): Theme {
  const next = currentTheme() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset['theme'] = next;
  try {
    localStorage.setItem(key, next);
  } catch {
    // A browser that keeps nothing still shows the theme.
  }
  return next;
}

function read(): Theme | undefined {
  try {
    const text = localStorage.getItem(key);
    return text === 'dark' || text === 'light' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A colour or length of the style sheet, as drawing on a canvas needs it. */
export function styleValue(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
