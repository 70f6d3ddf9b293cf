import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../server/config.ts'

const schema = {
  type: 'object',
  description: 'A configuration.',
  required: ['name'],
  properties: {
    name: { type: 'string', description: 'A name.', minLength: 1 },
    nested: {
      type: 'object',
      description: 'Nested.',
      properties: { seconds: { type: 'integer', format: 'int32', description: 'Seconds.', minimum: 1 } },
    },
    list: {
      type: 'array',
      description: 'A list.',
      items: { type: 'object', description: 'An item.', properties: { kind: { type: 'string', description: 'A kind.' } } },
    },
    labels: { type: 'object', description: 'Labels.', additionalProperties: { type: 'string', description: 'A value.' } },
  },
} as const

async function read(text: string) {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'config-'))
  const file = join(dir.path, 'config.yaml')
  await writeFile(file, text)
  return await readConfig(file, schema)
}

describe('readConfig', () => {
  it('reads what the schema describes', async () => {
    expect(await read('{ name: a, nested: { seconds: 3 }, list: [{ kind: b }], labels: { any: key } }')).toEqual({
      name: 'a',
      nested: { seconds: 3 },
      list: [{ kind: 'b' }],
      labels: { any: 'key' },
    })
  })
  it.each([
    ['{ name: a, colour: red }', '.: must NOT have additional properties "colour"'],
    ['{ name: a, nested: { minutes: 3 } }', '.nested: must NOT have additional properties "minutes"'],
    ['{ name: a, list: [{ kinds: b }] }', '.list.0: must NOT have additional properties "kinds"'],
    ['{ name: a, nested: { seconds: 0 } }', '.nested.seconds: must be >= 1'],
    ['{ nested: { seconds: x } }', ".: must have required property 'name'; .nested.seconds: must be integer"],
    ['{ name: a', 'Flow map'],
    ['- a', '.: must be object'],
    ['', '.: must be object'],
  ])('names the invalid field: %s', async (text, message) => {
    const error = await read(text).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toContain(message)
  })
})
