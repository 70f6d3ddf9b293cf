import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allHold } from '../../../login/exchange/claim-conditions.ts'
import { nameOf } from '../../../login/exchange/name-template.ts'

const tryName = (template: string, claims: object): string | undefined => {
  try {
    return nameOf(template, claims)
  } catch {
    return undefined
  }
}

describe('the name of an agent', () => {
  it('differs when a claim differs', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '-') })
    fc.assert(
      fc.property(text, text, text, text, (a, b, otherA, otherB) => {
        const [one, other] = [tryName('ci:{a}:{b}', { a, b }), tryName('ci:{a}:{b}', { a: otherA, b: otherB })]
        if (one !== undefined && one === other) expect([a, b]).toEqual([otherA, otherB])
      }),
    )
  })
  it('differs when the text between claims overlaps itself', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '-'), maxLength: 4 })
    fc.assert(
      fc.property(text, text, text, text, (a, b, otherA, otherB) => {
        const [one, other] = [tryName('ci:{a}--{b}', { a, b }), tryName('ci:{a}--{b}', { a: otherA, b: otherB })]
        if (one !== undefined && one === other) expect([a, b]).toEqual([otherA, otherB])
      }),
      { examples: [['a-', 'a', 'a', '-a']] },
    )
  })
  it('needs every claim, as a text that a name may have', () => {
    for (const sub of [undefined, '', 1, ['x'], {}, 'a\nb', 'a\u200bb', ' a'.repeat(600)]) expect(tryName('ci:{sub}', { sub })).toBeUndefined()
    expect(nameOf('ci:{a.b}', { a: { b: 'x' } })).toBe('ci:x')
    expect(nameOf('ci:nightly', {})).toBe('ci:nightly')
  })
})

describe('conditions on claims', () => {
  it('compare the whole text, and hold for nothing that is absent', () => {
    const claims = { ref: 'refs/heads/main', protected: true, list: ['a'] }
    expect(allHold([{ claim: 'ref', values: ['refs/heads/main'] }], claims)).toBe(true)
    expect(allHold([{ claim: 'protected', values: ['true'] }], claims)).toBe(true)
    expect(allHold([{ claim: 'ref', pattern: 'refs/heads/.*' }], claims)).toBe(true)
    expect(allHold([{ claim: 'ref', pattern: 'main|x' }], claims)).toBe(false)
    for (const claim of ['other', 'list', 'ref.x', '__proto__', 'constructor']) expect(allHold([{ claim, pattern: '.*' }], claims)).toBe(false)
    expect(allHold([], claims)).toBe(false)
  })
})
