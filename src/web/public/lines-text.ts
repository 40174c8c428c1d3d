// Times of lines as text, to the second, on the clock of the one who looks.

/** `2026-03-01 14:05:30`; with `.500` where there are milliseconds. */
export function clockText(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const part = time.getMilliseconds() === 0 ? '' : `.${String(time.getMilliseconds()).padStart(3, '0')}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}${part}`;
}
