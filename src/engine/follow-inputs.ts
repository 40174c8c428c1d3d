// The inputs of a command that goes on with the log until it is interrupted: what comes from now on, over rotations.
// Keeps no positions.
import type { InputFault, Inputs, OpenInputs } from '../model/command.ts';
import { systemClock } from '../model/clock.ts';
import { Follower } from './follow.ts';

/** How often to look, as the old tools did. */
const pollMs = 100;

/** Follows files and folders from their present end until the signal is aborted. Nothing there yet is no fault. */
export const followInputs = async (
  ...[files, { isLogName, isNameOrdered, signal }]: Parameters<OpenInputs>
): Promise<Inputs> => {
  const faults: InputFault[] = [];
  const inputs = {
    faults,
    opened: 0,
    async *chunks() {
      const follower = new Follower(
        {
          paths: files,
          mode: 'follow',
          isLogName,
          isNameOrdered,
          onLoss: 'end',
          pollActiveMs: pollMs,
          pollIdleMs: pollMs,
        },
        systemClock,
      );
      try {
        while (!signal.aborted) {
          const item = await follower.next();
          if (item === undefined) await follower.wait(signal);
          else if (item.kind === 'lines') yield item.chunk;
          else if (item.kind === 'long') {
            faults.push({
              path: item.file.path,
              message: `a line of ${item.length} bytes was skipped`,
              isTotal: false,
            });
          } else if (item.event.type === 'opened') inputs.opened++;
          else if (item.event.type === 'gap' || item.event.type === 'damaged' || item.event.type === 'fault') {
            faults.push({ path: item.event.path, message: item.event.detail, isTotal: false });
          }
        }
      } finally {
        await follower.close();
      }
    },
  };
  return inputs;
};
