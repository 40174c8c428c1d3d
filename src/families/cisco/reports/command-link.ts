// `switchboard cisco link`: the story and the availability of one service (cisco 18.1).
import type { CommandCall, CommandSpec } from '../../../model/command.ts';
import { printable, UsageError } from '../../../model/errors.ts';
import { csvLine, jsonText } from '../../../model/report-text.ts';
import { reportOptions } from './command-options.ts';
import { filesArgument, finish, iso, printableLines, statusHelp, tell } from './command-parts.ts';
import type { ServiceStory } from '../inference/network.ts';
import { markWord } from './report-events.ts';
import { linkLines, linkText } from './report-link.ts';
import { serviceState } from '../inference/service-timeline.ts';
import { siteFigures, siteJson } from './site-figures.ts';

/** The command. */
export const linkCommand: CommandSpec = {
  name: 'link',
  summary: 'the availability of one service: its states, drops and tries, and a summary',
  notes: `Examples:
  switchboard cisco link -t topology.yaml --service site-101 cisco.log
  switchboard cisco link -t topology.yaml --service site-101 --json cisco.log

Lines stand in the order in which they were found out, so one may bear an earlier time than the one above it.

${statusHelp}`,
  argument: filesArgument,
  options: [
    ...reportOptions,
    { flags: '-s, --service <id>', help: 'the service; may be left out when there is only one' },
  ],
  run,
};

const stateNames: Readonly<Record<number, string>> = {
  [serviceState.unknown]: 'unknown',
  [serviceState.down]: 'down',
  [serviceState.backup]: 'backup',
  [serviceState.up]: 'up',
};

async function run(call: CommandCall): Promise<number> {
  const told = await tell(call, false);
  const { plan, analysis, findings, story, clock } = told;
  const service = chosen(story.services, call.options['service']);
  if (plan.format === 'text') {
    const text = linkText(analysis, findings, story, service, clock, plan.preprocess.silenceMs);
    return finish(call, told, printableLines(text));
  }
  const lines = linkLines(analysis, findings, service, clock).map(({ timeMs, mark, text }) => ({
    time: iso(timeMs),
    mark: kindOf(mark),
    text: text.trim(),
  }));
  if (plan.format === 'csv') {
    const rows = lines.map(({ time, mark, text }) => csvLine([time, mark, text]));
    return finish(call, told, [csvLine(['time', 'mark', 'text']), ...rows].join(''));
  }
  const figures = siteFigures(story, analysis.topology, clock).find(({ id }) => id === service.service.id);
  const intervals = service.timeline.charged.map(({ fromMs, toMs, state }) => ({
    from: iso(fromMs),
    to: iso(toMs),
    state: stateNames[state],
  }));
  return finish(
    call,
    told,
    `${jsonText({
      ...(figures ? siteJson(figures) : {}),
      from: iso(story.fromMs),
      to: iso(story.toMs),
      intervals,
      lines,
    })}\n`,
  );
}

/** The service that was asked for. Throws UsageError when there is none, or several and none was named. */
function chosen(services: readonly ServiceStory[], wanted: unknown): ServiceStory {
  const ids = services.map(({ service }) => service.id);
  const some = `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ', ...' : ''}`;
  if (ids.length === 0) throw new UsageError('there is no service: name a topology that has some (-t topology.yaml)');
  if (wanted === undefined && ids.length > 1) {
    throw new UsageError(`there are ${ids.length} services; choose one: --service ${some}`);
  }
  const found = services.find(({ service: { id } }) => wanted === undefined || id === String(wanted));
  if (!found) throw new UsageError(`--service ${printable(String(wanted), 60)} is unknown; there are ${some}`);
  return found;
}

/** The mark of a line as one word. */
function kindOf(mark: string): string {
  const word = markWord(mark);
  if (word !== '') return word;
  return mark.startsWith('***') ? 'remark' : 'layer';
}
