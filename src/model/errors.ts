// Errors that carry a decision: wrong use, or an exit code. Bad input is a reject, never an error.

/** Wrong use or configuration: the message is for the user, complete with place and remedy; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Ends the program with a status of its own after its message (if any) was shown on standard error. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly status: number;
  constructor(status: number, message = '') {
    super(message);
    this.status = status;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error (`ENOENT`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Text that is safe on a terminal and in a log: control characters (C0, DEL, C1) and the characters that turn the
 * writing direction become `\xHH` or `\u{H}`. Cut to `maxLength` characters with an ellipsis.
 */
export function printable(text: string, maxLength = 4096): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
