// docs/metrics.md: every measurement with its tags and fields, from the catalogue.
import { alertEvent, alertEventHourly, alertState, alertStateIntervalMs } from '../model/alert-event.ts';
import { commonTags } from '../model/catalogue.ts';
import type { FieldSpec, Measurement } from '../model/catalogue.ts';
import type { Family } from '../model/family.ts';
import { pipelineIntervalMs, switchboardPipeline, switchboardReceiver } from '../model/pipeline.ts';

/** The metrics reference as Markdown. */
export function metricsReference(families: readonly Family[]): string {
  const parts = [
    '# Metrics',
    'Written by `npm run generate` from the declarations in the code; do not edit.',
    `Every measurement has the tags ${commonTags.map((name) => `\`${name}\``).join(' and ')} besides its own: the ` +
      'system whose log it is, and the Switchboard that read it. A tag above its limit of values gets `__other__`. ' +
      'Times are those of the log lines, in UTC. A counter holds the whole count of its bucket, stamped with the ' +
      "bucket's start; a measurement marked *instant* is stamped one by one.",
    ...families.flatMap((family) => [`## ${family.title} (\`${family.name}\`)`, ...family.measurements.map(section)]),
    '## Switchboard itself',
    `One point per source every ${pipelineIntervalMs / 1000} s.`,
    section(switchboardPipeline),
    section(switchboardReceiver),
    '## Alert receiver',
    `Written by \`switchboard listen\`: each change of an alert once, and the number of open alerts every ${alertStateIntervalMs / 1000} s.`,
    section(alertEvent),
    section(alertEventHourly),
    section(alertState),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section(measurement: Measurement): string {
  const tags = measurement.tagNames.map((name) => {
    const { help, maxValues } = measurement.tags[name] ?? { help: '', maxValues: 0 };
    return [`\`${name}\``, help, `${maxValues}`];
  });
  const fields = measurement.fieldNames.map((name) => {
    const field = measurement.fields[name];
    return field ? [`\`${name}\``, kindOf(field), field.unit, field.help] : [];
  });
  return [
    `### \`${measurement.name}\``,
    `${measurement.help}${stampOf(measurement)} At most ${measurement.maxSeries} series a source.`,
    ...(tags.length === 0 ? [] : [table(['tag', 'meaning', 'most values'], tags)]),
    table(['field', 'kind', 'unit', 'meaning'], fields),
  ].join('\n\n');
}

/** How its points are stamped, where it is not with the start of a bucket of the source's width. */
function stampOf({ isInstant, bucketSeconds }: Measurement): string {
  if (isInstant) return ' *Instant.*';
  return bucketSeconds === undefined ? '' : ` Buckets of ${bucketSeconds} s.`;
}

function kindOf({ kind, type, merge }: FieldSpec): string {
  return kind === 'gauge' ? `gauge (${merge}), ${type}` : `${kind}, ${type}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
