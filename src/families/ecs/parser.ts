// Bytes of one line to one event, or the reason why it is none (ecs 3). Pure: knows neither time nor measurement.
import type { LineScanner } from '../../model/line-scanner.ts';
import {
  alarmForm,
  backupForm,
  denialForm,
  errorForm,
  hasBracket,
  isKeywordAt,
  matchForm,
  newSpans,
  processErrorForm,
} from './forms.ts';
import type { Form } from './forms.ts';
import { ipEventKeyword, newIpEvent, readIpEvent } from './ipevt.ts';
import { isSyslogStamp, textStart } from './stamp.ts';

/** Every reason for which a line becomes a dead letter. `bad_date`: an event without a usable time stamp. */
export type RejectReason = 'torn_line' | 'malformed' | 'bad_date';

/** The kinds of events. */
export type EventKind = Form['name'] | 'ipevt';

/**
 * What the lines with events are found by: all bracketed events and IPEVT hold `VT`, and `V` is rare in the log, so
 * the search seldom stops for nothing. `_err:` is the rest.
 */
export const eventNeedles: readonly Buffer[] = [Buffer.from('VT'), Buffer.from('_err:')];

interface Known {
  readonly kind: EventKind;
  readonly keyword: Buffer;
  /** Where the needle stands in the keyword. */
  readonly offset: number;
  readonly form: Form | undefined;
}

function known(kind: EventKind, keyword: string, form: Form | undefined): Known {
  const bytes = Buffer.from(keyword);
  const offset = Math.max(...eventNeedles.map((needle) => bytes.indexOf(needle)));
  return { kind, keyword: bytes, offset, form };
}

const knownEvents: readonly Known[] = [
  ...[denialForm, alarmForm, errorForm, processErrorForm, backupForm].map((form) =>
    known(form.name, form.keyword, form),
  ),
  known('ipevt', ipEventKeyword, undefined),
];

/** Reads events; what it found stays in its fields until the next call. */
export class EventParser {
  /** Start and end of each value of a bracketed event. */
  readonly spans = newSpans();
  /** The values of an IPEVT. */
  readonly ipEvent = newIpEvent();
  /** What the last line was, when `parse` said so. */
  kind: EventKind = 'denial';

  /**
   * Looks for an event in `bytes[start..end)`, where the scanner found its first needle at `found`. True: `kind` and
   * `spans` or `ipEvent` hold it. A reason: the line should have been an event. False: it has nothing to do with us.
   * When the first keyword's form does not fit the others are tried (ecs 6.1 row 9).
   */
  parse(bytes: Buffer, start: number, end: number, found: number, scanner: LineScanner): boolean | RejectReason {
    let reason: RejectReason | undefined;
    let tried = 0;
    for (let at = found; at >= 0 && at < end; at = at + 1 < end ? scanner.next(at + 1) : -1) {
      for (let index = 0; index < knownEvents.length; index++) {
        const event = knownEvents[index];
        // A form that did not fit from its first keyword fits from no later one: this keeps hostile lines linear.
        if (!event || (tried & (1 << index)) !== 0) continue;
        const place = at - event.offset;
        if (place < start || !isKeywordAt(event.keyword, bytes, place, end)) continue;
        tried |= 1 << index;
        const after = place + event.keyword.length;
        const outcome = event.form
          ? matchForm(event.form, bytes, after, end, this.spans)
          : this.#ipEvent(bytes, start, after, end);
        if (outcome === 'matched') {
          this.kind = event.kind;
          return true;
        }
        if (outcome !== 'absent') reason ??= outcome;
      }
    }
    return reason ?? false;
  }

  #ipEvent(bytes: Buffer, start: number, after: number, end: number): 'matched' | 'absent' | 'torn_line' {
    if (!readIpEvent(bytes, after, end, this.ipEvent)) return 'absent';
    // Only ecs lines have brackets; a syslog line has no mark of its end.
    if (isSyslogStamp(bytes, textStart(bytes, start, end), end)) return 'matched';
    return hasBracket(bytes, after, end) ? 'matched' : 'torn_line';
  }
}
