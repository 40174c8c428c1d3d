// Checks what Grafana's environment makes of the provisioning files before Grafana does: it takes an unset variable for
// an empty text without a word, and then stops, or shows dashboards without data.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { parse } from 'yaml';
import { root } from '../setup.mjs';

/** What a variable is for, with an example, for messages. */
const purposes = {
  INFLUX_URL: 'InfluxDB as Grafana reaches it, for example http://127.0.0.1:8086',
  INFLUX_DATABASE: 'the database, or the bucket of InfluxDB 2, for example switchboard',
  INFLUX_AUTH_SCHEME: 'Token (InfluxDB 2), Bearer (InfluxDB 3) or Basic (InfluxDB 1)',
  INFLUX_READ_TOKEN: 'a token with the right to read; for the scheme Basic the base64 of user:password',
  DASHBOARDS_DIR: 'the folder dashboards/ of this repository',
  SB_RECEIVER_URL: 'where alerts are sent, for example http://127.0.0.1:9095/v1/grafana',
  SB_WEBHOOK_TOKEN: 'the token that the alert receiver asks for',
  SB_ALERT_EMAILS: 'addresses for mail, separated by ;',
  SB_SLACK_WEBHOOK_URL: 'the address of the incoming webhook of Slack',
};

/** Endings that Grafana reads in each folder. */
const endings = {
  datasources: ['.yaml', '.yml'],
  dashboards: ['.yaml', '.yml'],
  alerting: ['.yaml', '.yml', '.json'],
};

/** Where Grafana leaves a dollar sign alone: below these keys of alerting files. */
const rawKeys = new Set(['model', 'annotations', 'templates', 'muteTimes']);
/** Values below this key stay texts; elsewhere what looks like a number or a boolean becomes one. */
const textKey = 'secureJsonData';

const rules = {
  INFLUX_URL: address,
  SB_RECEIVER_URL: address,
  SB_SLACK_WEBHOOK_URL: address,
  INFLUX_AUTH_SCHEME: (value) =>
    ['Token', 'Bearer', 'Basic'].includes(value) ? undefined : `is "${value}", not Token, Bearer or Basic`,
  INFLUX_READ_TOKEN: (value, { INFLUX_AUTH_SCHEME }) => {
    if (!/^[\x21-\x7e]+$/.test(value)) return 'has blanks or other signs that cannot stand in a header';
    if (INFLUX_AUTH_SCHEME !== 'Basic') return undefined;
    return Buffer.from(value, 'base64').toString('utf8').includes(':')
      ? undefined
      : 'is not the base64 of user:password, which the scheme Basic wants';
  },
};

function address(value) {
  const isAddress = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  return isAddress ? undefined : 'is no address that begins with http:// or https://';
}

/**
 * Faults in words, one line each, naming file, variable and remedy; none when Grafana can start. With `hasFolders` the
 * paths are those of this machine and must exist; without, they are those inside of a container.
 */
export function checkProvisioning({ folder = join(root, 'provisioning'), environment, hasFolders }) {
  const faults = new Map();
  const add = (key, text) => {
    if (!faults.has(key)) faults.set(key, text);
  };
  for (const kind of Object.keys(endings)) {
    for (const file of filesOf(join(folder, kind), endings[kind])) {
      const name = relative(root, file).startsWith('..') ? file : relative(root, file);
      let values;
      try {
        values = parse(readFileSync(file, 'utf8'));
      } catch (error) {
        add(name, `${name}: ${error.message.split('\n')[0]}`);
        continue;
      }
      visit(values, false, (text, isText) => {
        for (const variable of variablesOf(text)) {
          const fault = faultOf(variable, environment, hasFolders);
          if (fault !== undefined) add(variable, `${name}: ${variable} ${fault}`);
        }
        for (const [, path] of text.matchAll(/\$__file\{([^}]*)\}/g)) {
          if (hasFolders && !existsSync(path)) add(path, `${name}: the file ${path} does not exist`);
        }
        const result = expandedText(text, environment);
        if (!isText && result !== '' && looksTyped(result)) {
          const variable = variablesOf(text)[0] ?? text;
          add(
            variable,
            `${name}: ${variable} looks like a number or a boolean to Grafana; take another, for example one that begins with sb_`,
          );
        }
      });
    }
  }
  if (hasFolders && !existsSync(join(folder, 'datasources'))) {
    add(folder, `${folder}: no provisioning files; set GF_PATHS_PROVISIONING to provisioning/ of this repository`);
  }
  return [...faults.values()];
}

function filesOf(folder, allowed) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => allowed.includes(extname(name)));
  return names.toSorted().map((name) => join(folder, name));
}

function faultOf(variable, environment, hasFolders) {
  const value = environment[variable] ?? '';
  const purpose = purposes[variable] ?? 'named in this file';
  if (value === '') return `is not set in the environment of Grafana: ${purpose}`;
  const fault = rules[variable]?.(value, environment);
  if (fault !== undefined) return `${fault}: ${purpose}`;
  if (variable === 'DASHBOARDS_DIR' && hasFolders && !(existsSync(value) && statSync(value).isDirectory())) {
    return `is ${value}, which is no folder: ${purpose}`;
  }
  return undefined;
}

/** Calls back for every value in which Grafana replaces variables. */
function visit(value, isText, callback) {
  if (typeof value === 'string') {
    if (value.includes('$')) callback(value, isText);
  } else if (Array.isArray(value)) {
    for (const item of value) visit(item, isText, callback);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (!rawKeys.has(key)) visit(item, isText || key === textKey, callback);
    }
  }
}

const pattern = /\$\$|\$__env\{(\w+)\}|\$\{(\w+)\}|\$(?!__file\{)(\w+)/g;

function variablesOf(text) {
  return [...text.matchAll(pattern)].flatMap(([, first, second, third]) => first ?? second ?? third ?? []);
}

function expandedText(text, environment) {
  return text.replace(pattern, (found, first, second, third) =>
    found === '$$' ? '$' : (environment[first ?? second ?? third] ?? ''),
  );
}

function looksTyped(text) {
  return /^(?:true|false|t|f|yes|no|on|off|null|~|[+-]?\.?(?:inf(?:inity)?|nan))$/i.test(text) || isNumber(text);
}

function isNumber(text) {
  return text.trim() !== '' && Number.isFinite(Number(text.replace(/_/g, '')));
}
