// A first topology from logs (cisco 8): devices with their addresses and names, links by the adjacencies, circuits and calls
// they report, with both ends where these change together. What is guessed says so; the result can be used as it is.
import type { CommandCall, Inputs } from '../../../model/command.ts';
import { Analysis } from '../reports/analysis.ts';
import type { ReportPlan } from '../reports/command-options.ts';
import { readAll } from '../reports/read-inputs.ts';
import { LearnEvidence } from './learn-evidence.ts';
import { learnLinks } from './learn-links.ts';
import { learnNames } from './learn-names.ts';
import { proposalText } from './learn-text.ts';

/** Reads the logs and writes the proposal as YAML. */
export async function learnTopology(
  plan: ReportPlan,
  call: CommandCall,
): Promise<{ readonly text: string; readonly inputs: readonly Inputs[] }> {
  const evidence = new LearnEvidence();
  const analysis = new Analysis(plan.topology, plan, { record: (record, event) => evidence.record(record, event) });
  const inputs = await readAll(analysis, call);
  analysis.finish();
  const proposal = learnLinks(evidence, learnNames(evidence));
  return { text: proposalText(proposal, plan.timezone), inputs };
}
