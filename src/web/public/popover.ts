// A button with a panel that opens below it: closes on Escape, on a click elsewhere, and when focus leaves it.
import { element } from './dom.ts';

/** A button and its panel. */
export interface Popover {
  readonly root: HTMLElement;
  readonly button: HTMLButtonElement;
  close(): void;
  /** Builds the content again if the panel is open: something it shows has come. */
  refill(): void;
}

/** Makes one; `fill` builds the content each time it is opened. */
export function popover(
  button: HTMLButtonElement,
  label: string,
  fill: (close: () => void) => Node,
  align: 'left' | 'right' = 'left',
): Popover {
  const panel = element('div', {
    class: `popover popover-${align}`,
    role: 'dialog',
    'aria-label': label,
    hidden: true,
  });
  const root = element('div', { class: 'popover-root' }, button, panel);
  button.setAttribute('aria-haspopup', 'dialog');
  button.setAttribute('aria-expanded', 'false');
  const outside = (event: Event): void => {
    if (!(event.target instanceof Node && root.contains(event.target))) close();
  };
  const close = (): void => {
    if (panel.hidden) return;
    const hadFocus = panel.contains(document.activeElement);
    panel.hidden = true;
    panel.replaceChildren();
    button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside);
    if (hadFocus) button.focus();
  };
  button.addEventListener('click', () => {
    if (!panel.hidden) return close();
    panel.replaceChildren(fill(close));
    panel.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', outside);
    const first = panel.querySelector<HTMLElement>('[autofocus]') ?? panel.querySelector<HTMLElement>('input, button');
    first?.focus({ preventScroll: true });
  });
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || panel.hidden) return;
    event.stopPropagation();
    close();
  });
  root.addEventListener('focusout', (event) => {
    // Focus that is lost to nothing is no choice: content was built again, or the window lost it.
    if (event.relatedTarget instanceof Node && !root.contains(event.relatedTarget)) close();
  });
  const refill = (): void => {
    if (panel.hidden) return;
    const hadFocus = panel.contains(document.activeElement);
    panel.replaceChildren(fill(close));
    if (hadFocus) panel.querySelector<HTMLElement>('input, button')?.focus({ preventScroll: true });
  };
  return { root, button, close, refill };
}
