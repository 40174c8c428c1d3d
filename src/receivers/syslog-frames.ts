// From the bytes of a TCP connection to messages: octet counting (RFC 6587), a line each, or neither, as some devices
// do (cisco 2). Memory is bounded by the longest message; every byte is looked at a bounded number of times.

/** Takes one message; `isCut` says that its end was left out. The bytes are valid only during the call. */
export type TakeMessage = (message: Buffer, isCut: boolean) => void;

/** How frames are read. */
export interface FrameOptions {
  /** Longer messages are cut. */
  readonly maxMessageBytes: number;
  /** Whether a message begins at `start`: decides at a `<` and digits and `>` in the middle of a line. */
  readonly isMessageStart: (bytes: Buffer, start: number, end: number) => boolean;
  readonly take: TakeMessage;
}

const lineFeed = 0x0a;
const blank = 0x20;
const less = 0x3c;
const greater = 0x3e;
/** What tells a message lies within so many bytes of its start. */
const startBytes = 512;
/** More places than these are not tried in one line: text full of `<1>` must not cost more than other text. */
const mostTries = 16;
/** No sender announces longer frames; a larger number is no length. */
const mostLengthDigits = 7;

/** Reads the frames of one connection. How it frames shows in its first bytes. */
export class SyslogFrames {
  readonly #options: FrameOptions;
  #mode: 'unknown' | 'counted' | 'lines' = 'unknown';
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes still to be left out of a frame that was cut; for lines, until the line feed. */
  #skip = 0;
  #isSkippingLine = false;
  /** Up to here, no message begins inside the rest. */
  #tried = 1;

  constructor(options: FrameOptions) {
    this.#options = options;
  }

  /** True while something waits for its end. */
  get isPending(): boolean {
    return this.#rest.length > 0;
  }

  /** Takes the next bytes. */
  feed(bytes: Buffer): void {
    let data = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (this.#mode === 'unknown') {
      this.#mode = framing(data);
      if (this.#mode === 'unknown') {
        this.#rest = Buffer.from(data);
        return;
      }
    }
    if (this.#mode === 'counted') data = this.#counted(data);
    if (this.#mode === 'lines') data = this.#lines(data);
    // A copy: the socket's buffer would be kept alive by a few bytes.
    this.#rest = data.length === 0 ? data : Buffer.from(data);
  }

  /** Nothing came for a while: a line without its end is taken as it is. A counted frame goes on waiting. */
  pause(): void {
    if (this.#mode !== 'counted') this.#end(false);
  }

  /** The connection has ended. */
  close(): void {
    this.#end(this.#mode === 'counted');
  }

  #end(isCut: boolean): void {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#tried = 1;
    if (rest.length === 0) return;
    if (isCut) this.#options.take(withoutLength(rest), true);
    else this.#wholeLine(rest);
  }

  /** Gives what remains; goes over to lines when something is no length. */
  #counted(data: Buffer): Buffer {
    const { maxMessageBytes, take } = this.#options;
    let at = 0;
    while (at < data.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, data.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      // Some senders put a line feed between counted frames.
      if (data[at] === lineFeed) {
        at++;
        continue;
      }
      const digits = digitsAt(data, at);
      const begin = at + digits + 1;
      if (begin > data.length && digits > 0 && digits <= mostLengthDigits) break;
      if (digits === 0 || digits > mostLengthDigits || data[begin - 1] !== blank) {
        this.#mode = 'lines';
        break;
      }
      const length = Number(data.toString('latin1', at, begin - 1));
      const kept = Math.min(length, maxMessageBytes);
      if (data.length - begin < kept) break;
      take(data.subarray(begin, begin + kept), kept < length);
      this.#skip = length - kept;
      at = begin + kept;
    }
    return data.subarray(at);
  }

  #lines(data: Buffer): Buffer {
    const { maxMessageBytes, take } = this.#options;
    let at = 0;
    for (let feed = data.indexOf(lineFeed); feed >= 0; feed = data.indexOf(lineFeed, at)) {
      if (this.#isSkippingLine) this.#isSkippingLine = false;
      else this.#wholeLine(data.subarray(at, feed));
      at = feed + 1;
      this.#tried = 1;
    }
    if (this.#isSkippingLine) return data.subarray(data.length);
    let rest = this.#split(data.subarray(at), false);
    if (rest.length > maxMessageBytes) {
      take(rest.subarray(0, maxMessageBytes), true);
      this.#isSkippingLine = true;
      this.#tried = 1;
      rest = rest.subarray(rest.length);
    }
    return rest;
  }

  #wholeLine(line: Buffer): void {
    const { maxMessageBytes, take } = this.#options;
    const last = this.#split(line, true);
    if (last.length > 0) take(last.subarray(0, maxMessageBytes), last.length > maxMessageBytes);
    this.#tried = 1;
  }

  /** Takes the messages before the last one that begins in the line; gives the last, which may go on. */
  #split(line: Buffer, isWhole: boolean): Buffer {
    const { isMessageStart, maxMessageBytes, take } = this.#options;
    let rest = line;
    let tries = 0;
    for (let at = rest.indexOf(less, this.#tried); at >= 0 && tries < mostTries; at = rest.indexOf(less, at + 1)) {
      if (!isPriority(rest, at)) continue;
      tries++;
      const end = Math.min(rest.length, at + startBytes);
      if (isMessageStart(rest, at, end)) {
        take(rest.subarray(0, Math.min(at, maxMessageBytes)), at > maxMessageBytes);
        rest = rest.subarray(at);
        at = 0;
        this.#tried = 1;
      } else if (isWhole || rest.length - at >= startBytes) this.#tried = at + 1;
      else break;
    }
    return rest;
  }
}

/** Digits, a blank and `<` at the start mean that frames are counted. */
function framing(data: Buffer): 'unknown' | 'counted' | 'lines' {
  const digits = digitsAt(data, 0);
  if (digits > mostLengthDigits || (digits === 0 && data.length > 0)) return 'lines';
  if (data.length < digits + 2) return data.length > digits && data[digits] !== blank ? 'lines' : 'unknown';
  return data[digits] === blank && data[digits + 1] === less ? 'counted' : 'lines';
}

function digitsAt(data: Buffer, from: number): number {
  let at = from;
  while (at < data.length && at - from <= mostLengthDigits && isDigit(data[at])) at++;
  return at - from;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** `<`, one to three digits, `>`. */
function isPriority(data: Buffer, at: number): boolean {
  let end = at + 1;
  while (end - at <= 3 && isDigit(data[end])) end++;
  return end > at + 1 && data[end] === greater;
}

/** The part of a counted frame that came before the connection ended. */
function withoutLength(rest: Buffer): Buffer {
  const digits = digitsAt(rest, 0);
  return digits > 0 && rest[digits] === blank ? rest.subarray(digits + 1) : rest;
}
