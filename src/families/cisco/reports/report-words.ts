// Words and figures of the reports (cisco 17): durations, times in the topology's zone, percentages, counts.
import type { StateChange } from '../inference/service-timeline.ts';
import type { Zones } from '../grammar/zone-offsets.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** Writes moments in one zone. */
export class ReportClock {
  readonly #zones: Zones;
  readonly #zone: string;

  constructor(zones: Zones, zone: string) {
    this.#zones = zones;
    this.#zone = zone;
  }

  /** Local wall clock as if it were UTC. */
  local(utcMs: number): Date {
    return new Date(utcMs + this.#zones.offsetAt(this.#zone, utcMs));
  }

  /** `Mon Nov 11 00:00:12 2024`. */
  long(utcMs: number): string {
    if (Number.isNaN(utcMs)) return 'n/a';
    const at = this.local(utcMs);
    const time = `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
    const date = `${days[at.getUTCDay()] ?? ''} ${months[at.getUTCMonth()] ?? ''} ${pad(at.getUTCDate())}`;
    return `${date} ${time} ${at.getUTCFullYear()}`;
  }

  /** `Nov 12`. */
  day(utcMs: number): string {
    const at = this.local(utcMs);
    return `${months[at.getUTCMonth()] ?? ''} ${pad(at.getUTCDate())}`;
  }
}

/** `47 seconds`, `2.5 minutes`, `32 hours and 24.6 minutes`, `9 days and 17.7 hours`; rounded to the nearest. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 180) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} minutes`;
  if (seconds < 72 * 3600) {
    const tenths = Math.round(seconds / 6);
    return `${Math.floor(tenths / 600)} hours and ${((tenths % 600) / 10).toFixed(1)} minutes`;
  }
  const tenths = Math.round(seconds / 360);
  return `${Math.floor(tenths / 240)} days and ${((tenths % 240) / 10).toFixed(1)} hours`;
}

/** `47 s`, `2.5 min`, `32 h 25 min`, `9 d 18 h`; rounded to the nearest, for figures that stand alone. */
export function shortDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 72 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `9 days, 17 hours and 44.3 minutes`; parts that are nothing are left out in front. */
export function longDuration(ms: number): string {
  const tenths = Math.round(ms / 6000);
  const wholeDays = Math.floor(tenths / 14_400);
  const hours = Math.floor((tenths % 14_400) / 600);
  const minutes = `${((tenths % 600) / 10).toFixed(1)} minutes`;
  const hourText = `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
  if (wholeDays > 0) return `${wholeDays} ${wholeDays === 1 ? 'day' : 'days'}, ${hourText} and ${minutes}`;
  return hours > 0 ? `${hourText} and ${minutes}` : minutes;
}

/** `0:03:28`, from one day on `1d 03:04:05`. */
export function callTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const wholeDays = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
  return wholeDays > 0 ? `${wholeDays}d ${pad(hours)}:${rest}` : `${hours}:${rest}`;
}

/** The same in a table, where nothing is a word. */
export function tableTime(ms: number): string {
  return ms === 0 ? '--none--' : callTime(ms);
}

/** `99.856%`, rounded half up; `n/a` of nothing. */
export function percent(part: number, whole: number): string {
  return whole > 0 ? `${percentNumber(part, whole).toFixed(3)}%` : 'n/a';
}

/** A percentage to three decimals, rounded half up; NaN of nothing. */
export function percentNumber(part: number, whole: number): number {
  return whole > 0 ? Math.floor((part * 100_000) / whole + 0.5) / 1000 : Number.NaN;
}

/** `18,204`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+(?!\d))/g, ',');
}

/** A moment as it is printed: without its fraction of a second. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

const clues: Readonly<Record<StateChange['how'], string>> = {
  reported: 'reported by a device',
  call: 'inferred from a call',
  hint: 'inferred from a packet that took the other path',
  reboot: 'inferred from a reboot',
  neighbour: 'inferred from a link beside it',
  gap: 'inferred from missing messages',
  statement: 'inferred from a later report',
};

/** How a change is known that nobody reported, and how far its time may be wrong: `inferred from a call, within 40 seconds`. */
export function inference({ how, uncertaintyMs }: Pick<StateChange, 'how' | 'uncertaintyMs'>): string {
  return uncertaintyMs > 0 ? `${clues[how]}, within ${duration(uncertaintyMs)}` : clues[how];
}

/** How changes are known, in a word or two. */
export function clueWords(how: StateChange['how']): string {
  return clues[how];
}

/** `1 gap`, `2 gaps`, `1,000 gaps`. */
export function plural(value: number, one: string, several = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : several}`;
}
