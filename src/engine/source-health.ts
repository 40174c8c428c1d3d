// From what is known about a source to one word and the reasons for it.
import { printable } from '../model/errors.ts';
import { worst } from '../model/health.ts';
import type { FileStatus, Health, OutputStatus, SourceCounters } from '../model/health.ts';

/** What health is judged from. */
export interface HealthFacts {
  /** Things that happened once and that somebody should know of. */
  readonly notes: readonly string[];
  /** Why reading stands still; empty while it does not. */
  readonly pauseReason: string;
  readonly awaited: readonly string[];
  readonly files: readonly FileStatus[];
  readonly outputs: readonly OutputStatus[];
  readonly counters: Readonly<SourceCounters>;
  /** Samples of matched lines that could not be counted. */
  readonly refusedSamples: number;
}

/** The most files named one by one among the reasons. */
const namedFiles = 3;

/** Health of a source with its reasons, the worst first; `ok` has none. */
export function sourceHealth(facts: HealthFacts): { health: Health; reasons: readonly string[] } {
  const reasons: string[] = [];
  const states: Health[] = facts.outputs.map(({ health }) => health);
  if (facts.pauseReason !== '') {
    reasons.push(facts.pauseReason);
    states.push('failing');
  }
  for (const { name, health, reason } of facts.outputs) {
    if (health !== 'ok') reasons.push(`output ${name}: ${printable(reason)}`);
  }
  const faults = facts.files.filter(({ hasFault }) => hasFault);
  for (const { path, state } of faults.slice(0, namedFiles)) reasons.push(`${printable(path)}: ${printable(state)}`);
  if (faults.length > namedFiles) reasons.push(`and ${faults.length - namedFiles} more files that cannot be read`);
  for (const path of facts.awaited) reasons.push(`${printable(path)} does not exist yet`);
  if (facts.counters.gaps > 0)
    reasons.push(`${facts.counters.gaps} parts of the log were gone before they could be read`);
  if (facts.refusedSamples > 0) reasons.push(`${facts.refusedSamples} samples could not be counted`);
  reasons.push(...facts.notes);
  if (reasons.length > 0) states.push('degraded');
  return { health: worst(states), reasons };
}
