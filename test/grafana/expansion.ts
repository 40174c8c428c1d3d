// How Grafana puts its environment into values of provisioning files (grafana 5).

/** Variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** A text with `$NAME`, `${NAME}`, `$__env{NAME}` replaced, and `$$` by a dollar sign; an unset variable is empty. */
export function expandedText(text: string, variables: Environment): string {
  return text.replace(
    /\$\$|\$__env\{(\w+)\}|\$\{(\w+)\}|\$(\w+)/g,
    (found, first?: string, second?: string, third?: string) =>
      found === '$$' ? '$' : (variables[first ?? second ?? third ?? ''] ?? ''),
  );
}

/**
 * All values below a key, never keys, with variables replaced. What looks like a number or a boolean afterwards changes
 * its type, except below the keys of `texts`; what is below the keys of `raw` stays as it is.
 */
export function expanded(
  value: unknown,
  variables: Environment,
  keys: { readonly texts?: readonly string[]; readonly raw?: readonly string[] } = {},
  staysText = false,
): unknown {
  if (Array.isArray(value)) return value.map((item) => expanded(item, variables, keys, staysText));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      keys.raw?.includes(key) === true
        ? item
        : expanded(item, variables, keys, staysText || keys.texts?.includes(key) === true),
    ]);
    return Object.fromEntries(entries);
  }
  if (typeof value !== 'string' || !value.includes('$')) return value;
  const text = expandedText(value, variables);
  if (staysText) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
