// How the tests run: few workers and generous limits, because the suites start servers and browsers of their own.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // On a loaded machine a server may be slower than any sensible limit. A test that passed only when repeated is
    // named before the summary (scripts/test.mjs), so it is seen and mended. At a desk nothing is repeated.
    retry: process.env['CI'] ? 2 : 0,
    reporters: ['default', 'json'],
    outputFile: { json: 'build/test-report.json' },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reportsDirectory: 'coverage' },
  },
});
