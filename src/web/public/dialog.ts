// A window over the page: closes on Escape and on a click beside it, and gives the focus back.
import { element } from './dom.ts';

/** Opens one with a name for screen readers; `fill` gets the function that closes it. */
export function openDialog(label: string, className: string, fill: (close: () => void) => readonly Node[]): void {
  if (document.querySelector('dialog[open]')) return;
  const dialog = element('dialog', { class: `dialog ${className}`, 'aria-label': label });
  const close = (): void => dialog.close();
  dialog.append(...fill(close));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('pointerdown', (event) => {
    const box = dialog.getBoundingClientRect();
    const isInside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!isInside) close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
