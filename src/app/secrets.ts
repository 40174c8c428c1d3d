// What must not be shown: secret values are collected while the configuration is read and masked in logs and messages.

/** Shown in place of a secret. */
export const mask = '***';

/** Shorter texts are not looked for inside other texts: masking every `a` of a log hides the log, not the secret. */
const minSearchedLength = 4;

/** The secret values of one process; grows with each reload, so that an old secret stays masked. */
export class Secrets {
  readonly #values = new Set<string>();

  /** Remembers a secret in the forms in which it can appear: as it is, inside JSON, inside a URL. */
  add(value: string): void {
    if (value.length < minSearchedLength) return;
    this.#values.add(value);
    this.#values.add(JSON.stringify(value).slice(1, -1));
    this.#values.add(encodeURIComponent(value.toWellFormed()));
  }

  /** Takes over the secrets of another collection. */
  addAll(others: Secrets): void {
    for (const value of others.#values) this.#values.add(value);
  }

  /** The text with every secret, and the password of every URL, replaced by `***`. */
  hide(text: string): string {
    let result = hidePasswords(text);
    // Longest first: a secret may be the beginning of another one.
    for (const value of [...this.#values].sort((first, second) => second.length - first.length)) {
      if (result.includes(value)) result = result.replaceAll(value, mask);
    }
    return result;
  }
}

/** Replaces the password in `scheme://user:password@host`. */
export function hidePasswords(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(/(:\/\/[^\s/?#:@"']{0,200}:)[^\s/?#@"']{1,200}@/g, `$1${mask}@`);
}

/** True for the name of an environment variable or key that people give to secrets. */
export function isSecretName(name: string): boolean {
  return /token|password|passwd|secret|credential|api_?key|private_?key/i.test(name);
}
