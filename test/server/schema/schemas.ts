import { metadataSchema } from '../../../apiserver/machinery/discovery/metadata-schema.ts'
import { kindsOf } from '../../../apiserver/kinds.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import type { Schema } from '../../../domain/api/schema.ts'

/** Every keyword of the schema language, with bounds that no kind uses. */
const language: Schema = {
  type: 'object',
  description: 'Every keyword.',
  required: ['word', 'list', 'map'],
  properties: {
    word: { type: 'string', description: 'A word.', enum: ['Allow', 'Deny'] },
    text: { type: 'string', description: 'A text.', minLength: 3, maxLength: 6 },
    form: { type: 'string', description: 'A form.', minLength: 1, maxLength: 9, pattern: '^[ -~]+$' },
    time: { type: 'string', description: 'A time.', format: 'date-time' },
    small: { type: 'integer', format: 'int32', description: 'No maximum.', minimum: -1 },
    large: { type: 'integer', format: 'int64', description: 'No bounds.' },
    bounded: { type: 'integer', format: 'int64', description: 'Both bounds.', minimum: 2, maximum: 5 },
    flag: { type: 'boolean', description: 'A flag.' },
    list: {
      type: 'array',
      description: 'A list.',
      minItems: 2,
      maxItems: 3,
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'array', description: 'A list.', items: { type: 'integer', format: 'int32', description: 'An item.' } },
    },
    map: {
      type: 'object',
      description: 'A map.',
      additionalProperties: {
        type: 'object',
        description: 'An entry.',
        required: ['a/b'],
        properties: { 'a/b': { type: 'boolean', description: 'A name that a JSON pointer escapes.' } },
      },
    },
  },
}

const { kinds, virtual } = kindsOf({
  store: openSqliteStore(':memory:', 0),
  clock: { nowMs: () => 0 },
  authorizer: { allowed: () => Promise.resolve(false) },
})

/** The spec and status of every kind, their metadata, and the whole language. */
export const SCHEMAS: readonly (readonly [string, Schema])[] = [
  ['the schema language', language],
  ['metadata', metadataSchema],
  ...[...kinds, ...virtual.map(({ kind }) => kind)].flatMap(({ kind, spec, status }): readonly (readonly [string, Schema])[] => [
    [`${kind} spec`, spec],
    ...(status === undefined ? [] : [[`${kind} status`, status] as const]),
  ]),
]
