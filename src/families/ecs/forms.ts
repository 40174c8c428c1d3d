// The shapes of the four bracketed event families (ecs 3) and of our own report of the backup, as data, and the scanner that matches them on bytes. It is
// tolerant where the log is (empty values, several blanks) and strict where a torn line must not count.

/** How a value ends. `value` stops at a blank or `]`; `listed` also at a comma. */
type GroupKind = 'digits' | 'value' | 'listed';

/** One qualifier: its label with the equals sign, and what may stand before it. */
export interface Group {
  readonly label: string;
  readonly kind: GroupKind;
  /** `free`: any text; `blanks`: one or more blanks; `comma`: a comma, then perhaps blanks. */
  readonly after: 'free' | 'blanks' | 'comma';
}

/** The names of the forms, as `ecs count --ecs` takes them. */
export type FormName = 'denial' | 'alarm' | 'error' | 'proc_err';

/** One event family: the keyword, then its qualifiers in order, then a `]` somewhere. */
export interface Form {
  readonly name: FormName | 'backup';
  readonly keyword: string;
  /** How its lines are called in messages. */
  readonly title: string;
  readonly groups: readonly Group[];
  /** The labels as bytes, in the order of `groups`. */
  readonly labels: readonly Buffer[];
}

/** What became of a form on a line. `absent`: the keyword is only mentioned, none of its qualifiers follows. */
export type FormOutcome = 'matched' | 'absent' | 'torn_line' | 'malformed';

function form(name: Form['name'], keyword: string, title: string, groups: readonly Group[]): Form {
  return { name, keyword, title, groups, labels: groups.map(({ label }) => Buffer.from(label, 'latin1')) };
}

function group(label: string, kind: GroupKind = 'value', after: Group['after'] = 'blanks'): Group {
  return { label: `${label}=`, kind, after };
}

/**
 * `20170427:084400123:1281783:capro(9870):MED:[DENYEVT event=1192 d1=71f2 d2=126.28.8.17]`; other words may stand
 * between the keyword and `event=`.
 */
export const denialForm = form('denial', 'DENYEVT', 'denial', [
  group('event', 'digits', 'free'),
  group('d1'),
  group('d2'),
]);

/** `...:[MTCEVT ALM type=513 lname=8a01 pname=51f00 cbusy=0 filt=0]` */
export const alarmForm = form('alarm', 'MTCEVT ALM', 'maintenance alarm', [
  group('type', 'value', 'free'),
  group('lname'),
  group('pname'),
  group('cbusy'),
  group('filt'),
]);

/** `...:[MTCEVT ERR type=769 lname=8a01 pn1=1f pn2=20 aux=4]` */
export const errorForm = form('error', 'MTCEVT ERR', 'maintenance error', [
  group('type', 'value', 'free'),
  group('lname'),
  group('pn1'),
  group('pn2'),
  group('aux'),
]);

/** `...:[proc_err: pro=7171,err=12,seq=22011,da1=0x71f2,da2=0x0]` */
export const processErrorForm = form('proc_err', 'proc_err:', 'process error', [
  group('pro', 'digits', 'free'),
  group('seq', 'digits', 'free'),
  group('da1', 'listed', 'comma'),
  group('da2', 'listed', 'comma'),
]);

/**
 * `...:[BACKUPEVT copied=3 bytes=1000 deleted=0 vanished=0 failed=0 used_pct=70 oldest_age_s=3600 run_s=0.1
 * max_used_pct=80]`, as `ecs backup --report` writes it.
 */
export const backupForm = form('backup', 'BACKUPEVT', 'run of the backup', [
  group('copied', 'digits'),
  group('bytes', 'digits'),
  group('deleted', 'digits'),
  group('vanished', 'digits'),
  group('failed', 'digits'),
  group('used_pct'),
  group('oldest_age_s', 'digits'),
  group('run_s'),
  group('max_used_pct'),
]);

/** The forms of Communication Manager, in the order of the specification. */
export const forms: readonly Form[] = [denialForm, alarmForm, errorForm, processErrorForm];

/**
 * True when the keyword stands at `position` as a word of its own: `DENYEVTS` is not `DENYEVT`. When a form does not
 * match from one such place it cannot match from a later one, because the text before the first qualifier is free.
 */
export function isKeywordAt(keyword: Uint8Array, bytes: Uint8Array, position: number, end: number): boolean {
  if (!startsWith(bytes, keyword, position, end)) return false;
  const after = position + keyword.length;
  return !(isWordByte(bytes[after - 1]) && after < end && isWordByte(bytes[after]));
}

/** Room for the positions that `matchForm` gives: two numbers for each group of the longest form. */
export function newSpans(): Int32Array {
  return new Int32Array(2 * Math.max(...[...forms, backupForm].map(({ groups }) => groups.length)));
}

/**
 * Matches a form on `bytes[from..end)`, where `from` is the end of its keyword and `end` the end of the line. When it
 * matched, `spans` holds start and end of each group's value (without its label). Takes linear time: each segment of
 * strictly joined groups is looked for from where the one before it ended, and never again from further left.
 */
export function matchForm(form: Form, bytes: Uint8Array, from: number, end: number, spans: Int32Array): FormOutcome {
  let position = from;
  let begun = -1;
  for (let first = 0; first < form.groups.length;) {
    let next = first + 1;
    while (next < form.groups.length && form.groups[next]?.after !== 'free') next++;
    const label = form.labels[first] ?? Buffer.alloc(0);
    let matchEnd = -1;
    for (;;) {
      const at = findLabel(bytes, label, position, end);
      if (at < 0) break;
      if (begun < 0) begun = at;
      matchEnd = matchGroups(form, first, next, bytes, at, end, spans);
      if (matchEnd >= 0) break;
      position = at + label.length;
    }
    if (matchEnd < 0) return begun < 0 ? 'absent' : hasBracket(bytes, begun, end) ? 'malformed' : 'torn_line';
    position = matchEnd;
    first = next;
  }
  return hasBracket(bytes, position, end) ? 'matched' : 'torn_line';
}

/** Matches groups `first..next` strictly one after the other from the label at `at`; gives their end, or -1. */
function matchGroups(
  form: Form,
  first: number,
  next: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  spans: Int32Array,
): number {
  let position = at;
  for (let index = first; index < next; index++) {
    const group = form.groups[index];
    const label = form.labels[index];
    if (!group || !label) return -1;
    if (index > first) {
      const separated = skipSeparator(group.after, bytes, position, end);
      if (separated < 0 || !startsWith(bytes, label, separated, end)) return -1;
      position = separated;
    }
    position += label.length;
    const valueEnd = endOfValue(group.kind, bytes, position, end);
    if (group.kind === 'digits' && valueEnd === position) return -1;
    spans[2 * index] = position;
    spans[2 * index + 1] = valueEnd;
    position = valueEnd;
  }
  return position;
}

function skipSeparator(after: Group['after'], bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  if (after === 'comma') {
    if (bytes[position] !== 0x2c) return -1;
    position++;
  }
  while (position < end && isBlank(bytes[position])) position++;
  return position === from ? -1 : position;
}

function endOfValue(kind: GroupKind, bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  if (kind === 'digits') while (position < end && isDigit(bytes[position])) position++;
  else while (position < end && !endsValue(bytes[position], kind === 'listed')) position++;
  return position;
}

function endsValue(byte: number | undefined, atComma: boolean): boolean {
  return byte === 0x5d || isBlank(byte) || (atComma && byte === 0x2c);
}

/** Position of a label that is not the tail of a longer word (`xevent=` is not `event=`), or -1. */
function findLabel(bytes: Uint8Array, label: Uint8Array, from: number, end: number): number {
  const first = label[0];
  for (let position = from; position + label.length <= end; position++) {
    if (bytes[position] === first && startsWith(bytes, label, position, end) && !isWordByte(bytes[position - 1])) {
      return position;
    }
  }
  return -1;
}

/** True when `text` stands at `position` and ends before `end`. */
export function startsWith(bytes: Uint8Array, text: Uint8Array, position: number, end: number): boolean {
  if (position < 0 || position + text.length > end) return false;
  for (let index = 0; index < text.length; index++) if (bytes[position + index] !== text[index]) return false;
  return true;
}

/** True when a `]` stands in `bytes[from..end)`. */
export function hasBracket(bytes: Uint8Array, from: number, end: number): boolean {
  for (let position = end - 1; position >= from; position--) if (bytes[position] === 0x5d) return true;
  return false;
}

/** Blank as the log uses it: space, tab and the other ASCII white space. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** ASCII digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** ASCII letter, digit or underscore. */
export function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || (byte >= 0x61 && byte <= 0x7a);
}
