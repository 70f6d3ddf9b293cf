import { expect, it, test } from 'vitest'
import { apiserverConfigSchema } from '../../../apiserver/config.ts'
import { standbyConfigSchema } from '../../../apiserver/standby/config.ts'
import { issuerConfigSchema } from '../../../gateway/authenticate/issuer-config.ts'
import { gatewayConfigSchema } from '../../../gateway/config.ts'
import { compileSchema } from '../../../server/schema/compile.ts'
import { webhookConfigSchema } from '../../../webhook/config.ts'
import { SCHEMAS } from './schemas.ts'

it('compiles a schema once', () => {
  const schema = { type: 'string' }
  expect(compileSchema('all-errors', schema)).toBe(compileSchema('all-errors', schema))
})

it.each([
  ['an unknown keyword', { type: 'string', maxlength: 3 }],
  ['an unknown format', { type: 'string', format: 'time' }],
  ['a bound of another type', { type: 'string', minimum: 3 }],
  ['a required field without a definition', { type: 'object', required: ['a'], properties: {} }],
  ['a pattern that is none', { type: 'string', pattern: '(' }],
])('does not compile a schema with %s', (_, schema) => {
  expect(() => compileSchema('all-errors', schema)).toThrow()
})

test.each(SCHEMAS)('%s compiles in both modes', (_, schema) => {
  for (const mode of ['all-errors', 'first-error'] as const) expect(compileSchema(mode, schema)).toBeTypeOf('function')
})

test.each([apiserverConfigSchema, standbyConfigSchema, issuerConfigSchema, gatewayConfigSchema, webhookConfigSchema])(
  'a configuration schema compiles: $description',
  (schema) => expect(compileSchema('configuration', schema)).toBeTypeOf('function'),
)

it('converts no types and sets no defaults', () => {
  const schema = { type: 'object', properties: { days: { type: 'number', default: 3 }, name: { type: 'string' } } }
  const value = { name: 7 }
  expect(compileSchema('configuration', schema)(value)).toBe(false)
  expect(value).toEqual({ name: 7 })
})
