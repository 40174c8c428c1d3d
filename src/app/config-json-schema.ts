// The JSON Schema of the configuration file, for editors: our own schema, with the options of every kind of output
// and of every family where they belong.
import { toJSONSchema } from 'zod';
import type { ZodType } from 'zod';
import type { Catalogue } from './catalogue.ts';
import { fileSchema } from './config-schema.ts';

type Json = Record<string, unknown>;

/** The whole schema (draft 2020-12). The same catalogue gives the same bytes. */
export async function jsonSchemaOf({ families, outputs }: Catalogue): Promise<object> {
  const names = families.map(({ name }) => name);
  const schema = plain(fileSchema([names[0] ?? '', ...names.slice(1)]));
  const properties = schema['properties'] as Record<string, Json>;

  const kinds = new Map<string, Json>();
  for (const kind of outputs) kinds.set(kind.name, inner(await kind.options()));
  const named = [...kinds].map(([name, options]) => [name, nullable(withType(options, name, false))]);
  properties['outputs'] = {
    description: properties['outputs']?.['description'],
    type: 'object',
    // A key that is a kind may leave out the type; every other name needs it.
    properties: Object.fromEntries(named) as Json,
    additionalProperties: { oneOf: [...kinds].map(([name, options]) => withType(options, name, true)) },
  };

  // The file of an alert receiver needs no sources.
  const required = (schema['required'] as string[] | undefined) ?? [];
  schema['required'] = required.filter((key) => key !== 'sources');
  schema['anyOf'] = [{ required: ['sources'] }, { required: ['listen'] }];

  const item = (properties['sources'] as { items: Json }).items;
  const conditions: Json[] = [];
  for (const family of families) {
    const isFamily = { properties: { family: { const: family.name } } };
    // Either another family, or these options: "if" and "then" in one form.
    conditions.push({ anyOf: [{ not: isFamily }, { properties: { options: inner(await family.options()) } }] });
  }
  item['allOf'] = conditions;
  return { ...schema, title: 'Configuration of Switchboard' };
}

function plain(schema: ZodType): Json {
  return toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** A schema that stands inside another one does not name its dialect again. */
function inner(schema: ZodType): Json {
  const { $schema: _, ...rest } = plain(schema);
  return rest;
}

function withType(options: Json, name: string, isRequired: boolean): Json {
  const required = (options['required'] as string[] | undefined) ?? [];
  return {
    ...options,
    properties: {
      type: { const: name, description: 'kind of output' },
      ...(options['properties'] as Json | undefined),
    },
    ...(isRequired ? { required: ['type', ...required] } : {}),
  };
}

/** A group without required keys may also be written as nothing. */
function nullable(options: Json): Json {
  const required = (options['required'] as string[] | undefined) ?? [];
  return required.length > 0 ? options : { anyOf: [options, { type: 'null' }] };
}

/** The published schema: that of every registered family and output. */
export async function configurationJsonSchema(): Promise<object> {
  const { families, outputs } = await import('./registry.ts');
  return jsonSchemaOf({ families, outputs });
}
