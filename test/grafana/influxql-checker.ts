// A small reader of InfluxQL that accepts the subset all supported servers share (grafana 6 and 9.3), and nothing else.
import type { Measurement } from '../../src/model/catalogue.ts';
import { storedTagNames } from '../../src/model/catalogue.ts';

const functions = new Set(
  (
    'mean sum count min max first last percentile distinct spread median stddev non_negative_derivative ' +
    'non_negative_difference moving_average top bottom time fill tz'
  ).split(' '),
);
const keywords = new Set(
  'SELECT FROM WHERE GROUP BY AS AND OR ORDER time DESC LIMIT SHOW TAG VALUES WITH KEY null none previous linear'.split(
    ' ',
  ),
);
const token =
  /\s+|"((?:[^"\\]|\\.)*)"|'(?:[^'\\$[]|\\.)*'|\/\^\$\{(\w+):regex\}\$\/|\/\^\([A-Za-z0-9|]+\)\/|\$\{(__from|__to)\}|(\$timeFilter|\$__interval_ms|\$__interval)\b|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(=~|!~|!=|>=|<=|[()=<>,*/+-])/y;

/** Everything wrong with a query; empty when it is portable. */
export function faultsOf(query: string, variables: readonly string[], measurements: readonly Measurement[]): string[] {
  const faults: string[] = [];
  const quoted: string[] = [];
  const words: string[] = [];
  let depth = 0;
  let deepest = 0;
  token.lastIndex = 0;
  while (token.lastIndex < query.length) {
    const at = token.lastIndex;
    const match = token.exec(query);
    if (!match) return [...faults, `unreadable from: ${query.slice(at, at + 40)}`];
    const [found, name, variable, , , , word, sign] = match;
    if (name !== undefined) quoted.push(name);
    if (variable !== undefined && !variables.includes(variable)) faults.push(`unknown variable ${variable}`);
    if (word !== undefined) {
      words.push(word);
      const isCall = query[token.lastIndex] === '(';
      if (!(isCall ? functions : keywords).has(word)) faults.push(`not portable: ${word}`);
      if (word === 'SELECT') deepest = Math.max(deepest, words.filter((other) => other === 'SELECT').length);
    }
    if (sign === '(') depth++;
    if (sign === ')') depth--;
    if (depth < 0 || found.includes('\n')) faults.push('unbalanced, or of several lines');
  }
  // Without a limit a long range would be all points of it. Names and texts may hold any word.
  const bare = query.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  const isNewest = / ORDER BY time DESC LIMIT [1-9]\d{0,3}$/.test(bare);
  if (/\btime\b(?!\()/.test(bare) && !isNewest) faults.push('time stands only in ORDER BY time DESC LIMIT n');
  if (/^SELECT ""[^()]* FROM ""/.test(bare) && !isNewest) faults.push('points need the newest first, and a limit');
  if (depth !== 0) faults.push('unbalanced parentheses');
  if (deepest > 2) faults.push('more than one level of subquery');
  const wheres = query.match(/\bWHERE\b/g)?.length ?? 0;
  const froms = query.match(/\bFROM\b/g)?.length ?? 0;
  if (wheres !== froms || (query.match(/\$timeFilter\b/g)?.length ?? 0) !== wheres) {
    faults.push('every WHERE needs the time filter once');
  }
  return [...faults, ...unknownNames(query, quoted, measurements)];
}

/** Quoted names that are neither in the catalogue nor given by AS in the query itself. */
function unknownNames(query: string, quoted: readonly string[], measurements: readonly Measurement[]): string[] {
  const source = /FROM "([^"]+)"/.exec(query)?.[1];
  const measurement = measurements.find(({ name }) => name === source);
  if (!measurement) return [`no measurement ${source}`];
  const aliases = [...query.matchAll(/ AS "([^"]+)"/g)].map(([, alias = '']) => alias);
  const known = [measurement.name, ...storedTagNames(measurement), ...measurement.fieldNames, ...aliases];
  return quoted.filter((name) => !known.includes(name)).map((name) => `${measurement.name} has no ${name}`);
}
