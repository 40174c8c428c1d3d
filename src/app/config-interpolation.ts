// ${NAME}, ${NAME:-default} and ${file:PATH} in the texts of a configuration; $$ stands for $. Keys are left alone.
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, messageOf, printable } from '../model/errors.ts';
import { isSecretName } from './secrets.ts';
import type { Secrets } from './secrets.ts';

/** Where the values come from. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Paths of secret files are relative to this folder, the one of the configuration. */
  readonly directory: string;
  readonly secrets: Secrets;
}

/** A text after substitution, or why it could not be done. */
export type Substituted =
  { readonly text: string; readonly isChanged: boolean; readonly isSecret: boolean } | { readonly fault: string };

/** A secret is short; a larger file is a mistake in the path. */
const maxSecretFileBytes = 64 * 1024;

/** Replaces everything of the forms above. A `$` that begins none of them stays: expressions end in it. */
export async function substitute(text: string, surroundings: Surroundings): Promise<Substituted> {
  if (!text.includes('$')) return { text, isChanged: false, isSecret: false };
  let result = '';
  let isSecret = false;
  let position = 0;
  while (position < text.length) {
    const dollar = text.indexOf('$', position);
    if (dollar < 0) break;
    result += text.slice(position, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      position = dollar + 2;
    } else if (next !== '{') {
      result += '$';
      position = dollar + 1;
    } else {
      const end = text.indexOf('}', dollar);
      if (end < 0) return { fault: `"${printable(text.slice(dollar), 60)}" has no closing }; write $$ for a plain $` };
      const value = await valueOf(text.slice(dollar + 2, end), surroundings);
      if ('fault' in value) return value;
      result += value.text;
      isSecret ||= value.isSecret;
      position = end + 1;
    }
  }
  return { text: result + text.slice(position), isChanged: true, isSecret };
}

async function valueOf(inner: string, surroundings: Surroundings): Promise<Substituted> {
  if (inner.startsWith('file:')) return secretFile(inner.slice('file:'.length), surroundings);
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? [];
  if (name === undefined) {
    const found = printable(inner, 60);
    return {
      fault: `"\${${found}}" is not understood; allowed are \${NAME}, \${NAME:-default}, \${file:PATH}, and $$ for a plain $`,
    };
  }
  const value = surroundings.environment[name];
  // As in a shell: `:-` also replaces an empty value.
  const text = fallback !== undefined && (value === undefined || value === '') ? fallback : value;
  if (text === undefined) {
    return {
      fault: `the environment variable ${name} is not set; set it, or give a default with \${${name}:-default}`,
    };
  }
  const isSecret = isSecretName(name);
  if (isSecret) surroundings.secrets.add(text);
  return { text, isChanged: true, isSecret };
}

async function secretFile(path: string, { directory, secrets }: Surroundings): Promise<Substituted> {
  if (path === '') return { fault: '${file:} needs a path, for example ${file:/run/secrets/influx-token}' };
  const place = resolve(directory, path);
  const shown = printable(place, 200);
  try {
    const file = await open(place, 'r');
    try {
      const buffer = Buffer.alloc(maxSecretFileBytes + 1);
      let bytesRead = 0;
      for (let count = -1; count !== 0 && bytesRead < buffer.length; bytesRead += count) {
        ({ bytesRead: count } = await file.read(buffer, bytesRead, buffer.length - bytesRead));
      }
      if (bytesRead > maxSecretFileBytes)
        return { fault: `the secret file ${shown} is larger than 64 KiB; is the path right?` };
      const text = buffer.toString('utf8', 0, bytesRead).replace(/(\r?\n)+$/, '');
      if (text === '') return { fault: `the secret file ${shown} is empty` };
      secrets.add(text);
      return { text, isChanged: true, isSecret: true };
    } finally {
      await file.close();
    }
  } catch (error) {
    const reason =
      codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${printable(messageOf(error), 200)}`;
    return { fault: `the secret file ${shown} ${reason}` };
  }
}
