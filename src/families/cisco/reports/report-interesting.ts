// The list of interesting messages (cisco 7): every message that is no routine line noise, and how often each code came.
import { printable } from '../../../model/errors.ts';
import { csvLine, jsonLine } from '../../../model/report-text.ts';
import type { ReportFormat } from './command-options.ts';
import type { CodeCount, Findings, InterestingMessage } from './findings.ts';
import { count, plural } from './report-words.ts';

/** The whole text, in one of the forms. */
export function interestingText(findings: Findings, format: ReportFormat): string {
  const { interesting } = findings;
  if (format === 'json') return interesting.map((message) => jsonLine(messageJson(message))).join('');
  if (format === 'csv') {
    return [
      csvLine(['time', 'device', 'number', 'code', 'first_seen', 'text']),
      ...interesting.map(({ timeMs, device, number, code, isFirst, text }) =>
        csvLine([utc(timeMs), device, number ?? '', code, Number(isFirst), text]),
      ),
    ].join('');
  }
  return [
    ...interesting.map(messageText),
    ...(findings.omitted > 0 ? [`... and ${plural(findings.omitted, 'message')} more; give --from and --to`] : []),
    ...codeTable(findings.codes),
    '',
  ].join('\n');
}

/** `--> <device, 12> <time UTC> <number, 8> <code>: <text>`; a line that could not be parsed stands as it is. */
function messageText({ timeMs, device, number, code, text }: InterestingMessage): string {
  if (code === '') return `*** ${printable(text, 1000)}`;
  const where = printable(device).padEnd(12);
  return `--> ${where} ${utc(timeMs)} ${String(number ?? '').padStart(8)} ${code}: ${printable(text)}`;
}

function messageJson(message: InterestingMessage): Readonly<Record<string, unknown>> {
  const { timeMs, device, number, code, text, flags, isFirst } = message;
  if (code === '') return { time: utc(timeMs), unparsed: true, text };
  return { time: utc(timeMs), device, number: number ?? null, code, first_seen: isFirst, text, flags };
}

/** How often each code came; those that no run before had seen are marked. */
function codeTable(codes: readonly CodeCount[]): readonly string[] {
  const listed = codes.filter(({ isRoutine, isNew }) => !isRoutine || isNew);
  const routine = codes.filter(({ isRoutine, isNew }) => isRoutine && !isNew);
  const messages = routine.reduce((sum, { count: times }) => sum + times, 0);
  if (codes.length === 0) return [];
  return [
    '',
    '   count  first seen            code',
    ...listed.map(({ code, count: times, firstMs, isNew }) => {
      const first = utc(firstMs).slice(0, 19).padEnd(20);
      return `${count(times).padStart(8)}  ${first}  ${printable(code)}${isNew ? '  first_seen' : ''}`;
    }),
    ...(routine.length > 0
      ? [`${count(messages).padStart(8)}  of ${plural(routine.length, 'routine code')}, not listed`]
      : []),
  ];
}

function utc(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}
