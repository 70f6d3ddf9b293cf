import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { liveGrant } from '../../domain/builders.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
  fixture.grants.push(liveGrant({ rules: [{ verbs: ['*'], resources: ['secrets', 'configmaps'], namespaces: ['shop'] }] }))
})
afterAll(() => fixture.stop())
beforeEach(() => void (fixture.seen.length = 0))

const SECRET = 'PATCH /api/v1/namespaces/shop/secrets/db?fieldManager=x'
const CONFIG_MAP = 'PATCH /api/v1/namespaces/shop/configmaps/db?fieldManager=x'
const apply = (line: string, body: string) => fixture.send(line, ['Content-Type: application/apply-patch+yaml'], body)
const HEAD = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db}'
const GUESS = `data: {password: ${Buffer.from('a guess').toString('base64')}}`

/** Line breaks in YAML 1.1, which kube-apiserver parses, that are not line breaks in YAML 1.2. */
const BREAKS = { 'next line': '\u0085', 'line separator': '\u2028', 'paragraph separator': '\u2029' }

describe('kube-apiserver receives a YAML body as the gateway parsed it', () => {
  it.each(Object.entries(BREAKS))('if a comment ends at a %s only for Go', async (_, separator) => {
    await apply(SECRET, `${HEAD} # ${separator}${GUESS}\n`)
    for (const { body } of fixture.seen) expect(Object.keys(JSON.parse(body.toString()) as object)).not.toContain('data')
  })
  it('as JSON', async () => {
    await apply(CONFIG_MAP, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\ndata:\n  text: |\n    one\n    two 12345678901234567890\n')
    expect(JSON.parse(fixture.seen.at(-1)?.body.toString() ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'db' },
      data: { text: 'one\ntwo 12345678901234567890\n' },
    })
  })
  it.each([
    ['a file mode', 'mode: 0644'],
    ['a word that some parsers read as boolean', 'on: yes'],
    ['a base-60 number', 'time: 22:22'],
    ['a number that JSON cannot hold', 'large: 12345678901234567890'],
    ['NaN', 'none: .nan'],
    ['a merge key', 'a: &a {x: y}\nb: {<<: *a}'],
    ['two documents', 'a: b\n---\nc: d'],
  ])('refuses %s, which is ambiguous', async (_, line) => {
    expect((await apply(CONFIG_MAP, `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\n${line}\n`)).status).toBe(400)
    expect(fixture.seen.filter(({ line: sent }) => sent.startsWith('PATCH'))).toEqual([])
  })
  it('and refuses a body that is slow to parse, also in flow style', async () => {
    const long = `{${Array.from({ length: 20_000 }, (_, index) => `k${index}: v`).join(', ')}}`
    const requests = 'POST /apis/jit.access/v1/accessrequests'
    for (const line of [`${CONFIG_MAP}&force=true`, requests])
      expect((await fixture.send(line, ['Content-Type: application/yaml'], long)).status).toBe(400)
    expect(fixture.seen).toEqual([])
  })
  it('for any content', async () => {
    const piece = fc.constantFrom(
      'data:',
      ' {a: b}',
      '\n',
      '# ',
      '"',
      "'",
      '!!binary ZGF0YQ==',
      ': ',
      '- ',
      '|',
      '&a ',
      '*a',
      ...Object.values(BREAKS),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        fixture.seen.length = 0
        await apply(CONFIG_MAP, `kind: ConfigMap\n${pieces.join('')}`)
        for (const { line, body } of fixture.seen) if (line.startsWith('PATCH')) expect(() => JSON.parse(body.toString()) as unknown).not.toThrow()
      }),
      { numRuns: 60 },
    )
  })
})
