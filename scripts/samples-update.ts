// Writes the expected points and rejects of every sample anew; a reviewer reads the difference (style S-35).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSampleCases, runSampleCase } from '../test/families/sample-cases.ts';

for (const sample of findSampleCases()) {
  const { points, rejects } = await runSampleCase(sample);
  writeFileSync(join(sample.directory, 'expected.points'), points);
  writeFileSync(join(sample.directory, 'expected.rejects'), rejects);
  process.stdout.write(`${sample.title}\n`);
}
