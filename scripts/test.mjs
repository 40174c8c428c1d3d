// `npm test`: sets up what is missing, then type check, lint, format and all tests; words after `--` go to vitest.
// Ends with one line `N passed, N failed, N skipped` in which each check counts as one test.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ensurePackages, requireNode, root, runTool } from './setup.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const report = join(root, 'build', 'test-report.json');
const summary = join(root, 'build', 'test-summary.txt');
const pageProject = join(root, 'src', 'web', 'public', 'tsconfig.json');

requireNode();
mkdirSync(join(root, 'build'), { recursive: true });
for (const path of [report, summary]) rmSync(path, { force: true });
ensurePackages();
ensureSystemPackages();

const checks = {
  'type check': () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.json']),
  'type check of the page': () =>
    !existsSync(pageProject) || runTool('typescript/bin/tsc', ['-p', pageProject, '--noEmit']),
  lint: () => runTool('oxlint/bin/oxlint', []),
  format: () => runTool('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
};
const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, check] of Object.entries(checks)) {
  const isGood = check();
  total[isGood ? 'passed' : 'failed']++;
  console.log(`${isGood ? 'ok     ' : 'FAILED '} ${name}`);
}
await ensureBuild();
const areTestsGood = runTool('vitest/vitest.mjs', ['run', ...process.argv.slice(2)]);
addReport();

const text = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`;
writeFileSync(summary, `${text}\n`);
console.log(text);
process.exitCode = total.failed === 0 && areTestsGood ? 0 : 1;

/** Counts what vitest reports, and names the tests that passed only when repeated. */
function addReport() {
  const before = total.failed;
  const results = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { testResults: [] };
  for (const { name, status, assertionResults } of results.testResults) {
    for (const test of assertionResults) {
      if (test.status === 'passed') total.passed++;
      else if (test.status === 'failed') total.failed++;
      else total.skipped++;
      if (test.status === 'passed' && test.failureMessages.length > 0) {
        console.log(`repeated: ${test.fullName}: ${test.failureMessages[0].split('\n')[0]}`);
      }
    }
    // A file that cannot be loaded, or whose set-up fails, has no failed test of its own.
    const isFileFault = status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
    if (isFileFault) {
      total.failed++;
      console.log(`failed: ${name}`);
    }
  }
  // Faults outside of any test, as an unhandled rejection.
  if (!areTestsGood && total.failed === before) total.failed++;
}
