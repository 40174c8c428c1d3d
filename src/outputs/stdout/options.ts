// Options of the `stdout` output: none yet, so that a misplaced key is refused.
import { z } from 'zod';

/** Schema of the options. */
export const stdoutOptions = z.strictObject({});
