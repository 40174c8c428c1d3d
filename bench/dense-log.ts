// An ecs log in which every line becomes a point of its own: each denial number once a second.
import { closeSync, openSync, writeSync } from 'node:fs';

const startMs = Date.UTC(2026, 0, 12, 8);
/** Below the limit of 500 numbers per host (ecs 7). */
const eventsPerSecond = 400;

/** Writes at least `lines` lines; gives how many. With buckets of one second each line is one point. */
export function writeDenseLog(path: string, lines: number): number {
  const file = openSync(path, 'w');
  let written = 0;
  try {
    for (let second = 0; written < lines; second++) {
      const digits = new Date(startMs + second * 1000).toISOString().replace(/\D/g, '');
      let text = '';
      for (let event = 0; event < eventsPerSecond; event++) {
        const number = 1000 + event;
        text += `${digits.slice(0, 8)}:${digits.slice(8)}:${written++}:capro(9870):MED:[DENYEVT event=${number} d1=71f2 d2=${second}]\n`;
      }
      writeSync(file, text);
    }
  } finally {
    closeSync(file);
  }
  return written;
}
