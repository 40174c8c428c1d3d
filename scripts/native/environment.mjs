// Files of NAME=value lines: the secrets of the native stack, .env of compose, the environment file of a systemd unit.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Variables of a file; none when it does not exist. Values may stand in quotes, as systemd and compose take them. */
export function readVariables(path) {
  if (!existsSync(path)) return {};
  const lines = readFileSync(path, 'utf8').matchAll(/^[ \t]*(?:export[ \t]+)?(\w+)=(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, unquoted(value.trim())]));
}

function unquoted(value) {
  return /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}

/** Writes a file that only its owner can read, whole or not at all. */
export function writeVariables(path, header, variables) {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  writeFileSync(`${path}.new`, [`# ${header}`, ...lines, ''].join('\n'), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function quoted(value) {
  return /^[\w./:=+@-]*$/.test(value) ? value : `"${value}"`;
}

/** What a program of ours gets from the caller's environment: nothing that could change its settings. */
export function plainEnvironment() {
  const names = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'NO_COLOR'];
  return Object.fromEntries(names.filter((name) => name in process.env).map((name) => [name, process.env[name]]));
}
