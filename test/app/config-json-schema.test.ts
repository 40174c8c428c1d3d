import { describe, expect, test } from 'vitest';
import { jsonSchemaOf } from '../../src/app/config-json-schema.ts';
import { testCatalogue } from '../support/catalogue.ts';

// The shape of a schema is what is tested; describing it as a type would test it twice.
// oxlint-disable-next-line typescript/no-explicit-any
type Node = Record<string, any>;

describe('the JSON Schema of the configuration', () => {
  test('is the same bytes every time', async () => {
    const [first, second] = await Promise.all([jsonSchemaOf(testCatalogue()), jsonSchemaOf(testCatalogue())]);
    expect(JSON.stringify(first)).toBe(JSON.stringify(second));
  });

  test('has the options of every output under its name, and under any name with a type', async () => {
    const { properties } = (await jsonSchemaOf(testCatalogue())) as Node;
    expect(Object.keys(properties.outputs.properties)).toEqual(['memory', 'forgetful']);
    expect(properties.outputs.properties.memory.anyOf[0].properties.mode.enum).toEqual(['fast', 'exact']);
    expect(properties.outputs.additionalProperties.oneOf[1]).toMatchObject({
      properties: { type: { const: 'forgetful' } },
      required: ['type'],
      additionalProperties: false,
    });
  });

  test('has the options of a family where the source is of that family', async () => {
    const { properties } = (await jsonSchemaOf(testCatalogue())) as Node;
    const [condition] = properties.sources.items.allOf;
    expect(condition.anyOf[0].not.properties.family.const).toBe('words');
    expect(condition.anyOf[1].properties.options.properties.patterns.type).toBe('array');
  });

  test('says something about every key of a source', async () => {
    const { properties } = (await jsonSchemaOf(testCatalogue())) as Node;
    for (const schema of Object.values<Node>(properties.sources.items.properties)) {
      expect(schema.description).toMatch(/\w/);
    }
  });
});
