// Entries as points: what stands between the spool of the receiver and an output that stores.
import type { Batch, Output, WriteResult } from '../model/output.ts';
import { decodeEntry, pointLines } from './entry.ts';

/**
 * Writes the points of entries to the output that `open` gives. It is asked for at each write: an output that cannot
 * be opened now is tried again, and alerts are taken meanwhile.
 */
export function storeOutput(open: () => Promise<Output>): Output {
  return {
    async write({ lines }: Batch, signal: AbortSignal): Promise<WriteResult> {
      const output = await open();
      const malformed: { line: string; reason: string }[] = [];
      let text = '';
      let points = 0;
      for (const line of lines.toString('utf8').split('\n').slice(0, -1)) {
        const entry = decodeEntry(line);
        const written = entry ? pointLines(entry) : '';
        if (written === '') malformed.push({ line, reason: 'no entry of this program' });
        points += written.split('\n').length - 1;
        text += written;
      }
      if (points === 0) return { kind: 'done', refused: malformed };
      const result = await output.write({ lines: Buffer.from(text, 'utf8'), points }, signal);
      return result.kind === 'done' ? { kind: 'done', refused: [...malformed, ...result.refused] } : result;
    },
    // It belongs to whoever opened it.
    close: () => Promise.resolve(),
  };
}
