// One received message as one line of the journal: when it came, from where, and its bytes. The form is that of a daemon
// that stores raw packets with a precise time (cisco 3.2, H13 and H14).

const lineFeed = 0x0a;
/** What stands for a line feed inside a message. A line of its own could pass for a message of somebody else. */
const feedText = Buffer.from('#012');

/** Makes the lines. */
export class JournalLines {
  #second = Number.NaN;
  #prefix = '';

  /** The line with its line feed. `timeMs` is when the message came, `source` its sender's address without blanks. */
  of(timeMs: number, source: string, message: Buffer): Buffer {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#prefix = new Date(second * 1000).toISOString().slice(0, 20);
    }
    const head = `${this.#prefix}${String(timeMs - second * 1000).padStart(3, '0')}Z ${source} `;
    const body = oneLine(message);
    const line = Buffer.allocUnsafe(head.length + body.length + 1);
    line.write(head, 0, 'latin1');
    body.copy(line, head.length);
    line[line.length - 1] = lineFeed;
    return line;
  }
}

/** Without line ends and NUL bytes at its end; those inside written as text. */
function oneLine(message: Buffer): Buffer {
  let end = message.length;
  while (end > 0 && isLineEnd(message[end - 1])) end--;
  const text = message.subarray(0, end);
  if (text.indexOf(lineFeed) < 0) return text;
  const parts: Buffer[] = [];
  let at = 0;
  for (let feed = text.indexOf(lineFeed); feed >= 0; feed = text.indexOf(lineFeed, at)) {
    parts.push(text.subarray(at, text[feed - 1] === 0x0d && feed > at ? feed - 1 : feed), feedText);
    at = feed + 1;
  }
  return Buffer.concat([...parts, text.subarray(at)]);
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === 0x0d || byte === 0;
}
