// `npm run test:soak`: kills the program a thousand times (SWITCHBOARD_KILLS gives another number) and compares what the
// database holds with a fresh count.
import { ensureBuild, ensurePackages, requireNode, runTool } from './setup.mjs';

requireNode();
ensurePackages();
await ensureBuild();
process.env.SWITCHBOARD_KILLS ??= '1000';
if (!runTool('vitest/vitest.mjs', ['run', 'test/e2e/kill.test.ts', ...process.argv.slice(2)])) process.exitCode = 1;
