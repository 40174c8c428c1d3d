// Choosing a stretch of time by dragging over a panel that draws time from left to right; a double click zooms out.
import { element } from './dom.ts';

/** Shorter drags, in CSS pixels, are clicks. */
const leastPixels = 5;

/** Makes an area zoomable; `timeAt` tells the time at the pointer, epoch milliseconds. */
export function dragToZoom(
  host: HTMLElement,
  area: HTMLElement,
  timeAt: (event: PointerEvent) => number,
  events: { zoom(fromMs: number, toMs: number): void; zoomOut(): void },
): void {
  const mark = element('div', { class: 'zoom-mark', hidden: true });
  area.append(mark);
  let start: PointerEvent | undefined;
  host.addEventListener('pointerdown', (event) => {
    const box = area.getBoundingClientRect();
    // A finger scrolls the page.
    if (event.button !== 0 || event.pointerType === 'touch') return;
    if (event.clientX < box.left || event.clientX > box.right) return;
    event.preventDefault();
    start = event;
    host.setPointerCapture(event.pointerId);
  });
  host.addEventListener('pointermove', (event) => {
    if (!start) return;
    const box = area.getBoundingClientRect();
    const inside = (x: number): number => Math.min(box.width, Math.max(0, x - box.left));
    const [from, to] = [inside(start.clientX), inside(event.clientX)];
    mark.hidden = Math.abs(to - from) < leastPixels;
    mark.style.left = `${Math.min(from, to)}px`;
    mark.style.width = `${Math.abs(to - from)}px`;
  });
  const end = (event: PointerEvent, isDone: boolean): void => {
    const begun = start;
    start = undefined;
    mark.hidden = true;
    if (!begun || !isDone || Math.abs(event.clientX - begun.clientX) < leastPixels) return;
    const [one, other] = [timeAt(begun), timeAt(event)];
    events.zoom(Math.min(one, other), Math.max(one, other));
  };
  host.addEventListener('pointerup', (event) => end(event, true));
  host.addEventListener('pointercancel', (event) => end(event, false));
  host.addEventListener('dblclick', () => events.zoomOut());
}
