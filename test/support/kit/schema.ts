import { schemaOf, type Group, type Json } from './define.js'

/** The JSON Schema (draft 7) of one file: each case is one of its operations, valid with what is expected or invalid with the reason. */
export function schemaFor(group: Group): Json {
  const text = { type: 'string', minLength: 1 } as const
  const common = (operation: string): { readonly [name: string]: Json } => ({
    id: { type: 'string', pattern: `^${group.name}/${operation}/[1-9][0-9]*$` }, operation: { const: operation }, about: text,
    confirmedBy: { type: 'array', items: text, minItems: 1 },
  })
  const cases = Object.entries(group.operations).flatMap(([operation, { given, expected }]): Json[] => [
    {
      type: 'object', properties: { ...common(operation), result: { const: 'valid' }, given: schemaOf(given), expected: schemaOf(expected) },
      required: ['id', 'operation', 'about', 'result', 'given', 'expected'], additionalProperties: false,
    },
    {
      type: 'object', properties: { ...common(operation), result: { const: 'invalid' }, why: text, given: schemaOf(given) },
      required: ['id', 'operation', 'about', 'result', 'why', 'given'], additionalProperties: false,
    },
  ])
  return {
    $schema: 'http://json-schema.org/draft-07/schema#', title: `otr4-vectors: ${group.title}`, type: 'object',
    properties: {
      file: { const: group.name }, title: text, about: text, seed: text,
      operations: { type: 'object', additionalProperties: { type: 'object', properties: { about: text, section: text }, required: ['about', 'section'], additionalProperties: false } },
      cases: { type: 'array', minItems: 1, items: { oneOf: cases } },
    },
    required: ['file', 'title', 'about', 'seed', 'operations', 'cases'], additionalProperties: false,
  }
}
