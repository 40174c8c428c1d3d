// The events drawn over the charts: asked from the definitions like panels, so no text of the client ever becomes part
// of a statement. A kind that cannot be asked for says so and does not take the others with it.
import { messageOf, printable } from '../model/errors.ts';
import type { Annotation } from '../model/panel.ts';
import type { QueryEngine, QueryRange, ResultRow, VariableValues } from '../model/query.ts';
import type { AnnotationAnswer, AnnotationKind } from './public/wire.ts';

/** The most events of all kinds together; of each kind the newest are kept. */
export const maxEvents = 500;

/** Answers for a range: every kind, with its newest events, oldest first. */
export async function annotationsIn(
  queries: QueryEngine,
  annotations: readonly Annotation[],
  range: QueryRange,
  variables: VariableValues,
  signal: AbortSignal,
): Promise<AnnotationAnswer> {
  const most = Math.max(1, Math.floor(maxEvents / Math.max(1, annotations.length)));
  const kinds = await Promise.all(
    annotations.map(async (annotation): Promise<AnnotationKind> => {
      const { id, name, tone, query } = annotation;
      const limit = Math.min(most, query.limit ?? most);
      try {
        // One more than is sent tells whether there are more.
        const rows = await queries.run({ ...query, limit: limit + 1 }, range, variables, signal);
        const newest = rows.toSorted((first, second) => second.timeMs - first.timeMs).slice(0, limit);
        const events = newest.toReversed().map((row) => eventOf(annotation, row));
        return { id, name, tone, events, isCut: rows.length > limit };
      } catch (error) {
        return { id, name, tone, events: [], isCut: false, fault: printable(messageOf(error), 300) };
      }
    }),
  );
  return { kinds };
}

function eventOf({ name, query }: Annotation, row: ResultRow): AnnotationKind['events'][number] {
  const [text = null] = row.values;
  const tags = Object.fromEntries(query.groupBy.map((tag, index) => [tag, row.group[index] ?? '']));
  return { timeMs: row.timeMs, text: text === null || text === '' ? name : String(text), tags };
}
