// What the family says about messages that come by network (cisco 2).
import type { SyslogGrammar } from '../../model/family.ts';
import { LineParser } from './parser.ts';

/** Tells where a message begins in a line that holds several. */
export function ciscoSyslog(): SyslogGrammar {
  const parser = new LineParser();
  return {
    isMessageStart(bytes, start, end) {
      const lineClass = parser.parse(bytes, start, end);
      const { pri, stamp, msgcount, seq } = parser.header;
      // A code alone may be one that the text speaks of.
      const hasItem = stamp.kind !== 'none' || msgcount !== undefined || seq !== undefined;
      return pri >= 0 && hasItem && (lineClass === 'message' || lineClass === 'numbered');
    },
  };
}
