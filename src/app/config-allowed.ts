// Says in words what a schema allows at a place, from its JSON Schema. Schemas of families and outputs are treated
// like our own, so no message needs to be written twice.
import type { ConfigPath } from './config-text.ts';

/** The part of JSON Schema that zod writes and we read. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode | boolean;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** The schemas that can stand at a path; several where there are alternatives. */
export function nodesAt(root: SchemaNode, path: ConfigPath): SchemaNode[] {
  let nodes = alternatives(root);
  for (const part of path) {
    nodes = nodes.flatMap((node) => {
      const inner = typeof part === 'number' ? node.items : (node.properties?.[part] ?? node.additionalProperties);
      return typeof inner === 'object' ? alternatives(inner) : [];
    });
  }
  return nodes;
}

function alternatives(node: SchemaNode): SchemaNode[] {
  const several = node.anyOf ?? node.oneOf;
  if (several) return several.flatMap(alternatives);
  return [node, ...(node.allOf ?? []).flatMap(alternatives)];
}

/** The keys that can stand at a path, in the order of the schema. */
export function keysAt(root: SchemaNode, path: ConfigPath): string[] {
  return [...new Set(nodesAt(root, path).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** What can stand at a path, in words; empty when anything can. */
export function allowedAt(root: SchemaNode, path: ConfigPath): string {
  const words = nodesAt(root, path).map(wordsFor);
  return [...new Set(words)].filter((text) => text !== '').join(', or ');
}

function wordsFor(node: SchemaNode): string {
  if (node.const !== undefined) return shown(node.const);
  if (node.enum) return node.enum.length === 1 ? shown(node.enum[0]) : `one of ${node.enum.map(shown).join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number${bounds(node)}`;
    case 'number':
      return `a number${bounds(node)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return text(node);
    case 'array':
      return list(node);
    case 'object':
      return 'a group of keys (key: value)';
    case 'null':
      return 'nothing';
    default:
      return '';
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function bounds(node: SchemaNode): string {
  // zod writes the limits of safe integers as bounds; they say nothing to people.
  const low = node.minimum !== undefined && node.minimum > Number.MIN_SAFE_INTEGER ? node.minimum : undefined;
  const high = node.maximum !== undefined && node.maximum < Number.MAX_SAFE_INTEGER ? node.maximum : undefined;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (low !== undefined) return ` of at least ${low}`;
  if (node.exclusiveMinimum !== undefined && high !== undefined)
    return ` above ${node.exclusiveMinimum}, up to ${high}`;
  if (node.exclusiveMinimum !== undefined) return ` above ${node.exclusiveMinimum}`;
  if (high !== undefined) return ` up to ${high}`;
  return node.exclusiveMaximum === undefined ? '' : ` below ${node.exclusiveMaximum}`;
}

function text(node: SchemaNode): string {
  if (node.format === 'uri') return 'a URL';
  if (node.description !== undefined && node.pattern !== undefined) return node.description;
  if (node.pattern !== undefined) return `a text of the form ${node.pattern}`;
  const { minLength = 0, maxLength } = node;
  if (maxLength !== undefined) return `a text of ${minLength} to ${maxLength} characters`;
  if (minLength === 1) return 'a text that is not empty';
  return minLength > 1 ? `a text of at least ${minLength} characters` : 'a text';
}

function list(node: SchemaNode): string {
  const { minItems = 0, maxItems } = node;
  const item = typeof node.items === 'object' ? alternatives(node.items).map(wordsFor).join(' or ') : '';
  const count =
    maxItems === undefined
      ? minItems > 0
        ? ` with at least ${minItems} of`
        : ' of'
      : ` with ${minItems} to ${maxItems} of`;
  return item === '' ? 'a list' : `a list${count}: ${item}`;
}
