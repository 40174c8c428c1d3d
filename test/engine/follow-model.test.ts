// No line is lost and none is handed out twice, whatever a rotating writer does between any two steps of the follower
// and wherever it is killed: thousands of schedules in a simulated folder. SWITCHBOARD_SEEDS sets how many,
// SWITCHBOARD_SEED the first of them, to repeat a failed one.
import { expect, test } from 'vitest';
import { shrunk } from '../support/follow-model.ts';

const count = Number(process.env['SWITCHBOARD_SEEDS'] ?? 200);
const first = Number(process.env['SWITCHBOARD_SEED'] ?? 1);
const traceLines = 60;

test(
  `hands out every line exactly once under rotation and crashes (seeds ${first} to ${first + count - 1})`,
  { timeout: 60_000 + count * 2000 },
  async () => {
    for (let seed = first; seed < first + count; seed++) {
      const failure = await shrunk(seed);
      if (!failure) continue;
      const { what, plan, steps, trace } = failure;
      const story = [`seed ${seed}, after ${steps} steps: ${what}`, JSON.stringify(plan), ...trace.slice(-traceLines)];
      expect.fail(story.join('\n'));
    }
  },
);
