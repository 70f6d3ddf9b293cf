import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { WeakTexts } from '../../../../domain/mask/match/weak-values.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '5'), maxLength: 4 })
const latin1 = (each: string): string => Buffer.from(each).toString('latin1')

it('contains the values that were added more often than dropped, by bytes and by text', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), text), { maxLength: 60 }), text, (changes, asked) => {
      const weak = new WeakTexts()
      const held = new Map<string, number>()
      for (const [adds, each] of changes) {
        const count = held.get(each) ?? 0
        if (each === '' || (!adds && count === 0)) continue
        held.set(each, count + (adds ? 1 : -1))
        if (adds) weak.add(latin1(each))
        else weak.drop(latin1(each))
      }
      for (const each of [...held.keys(), asked]) {
        const bytes = Buffer.from(`"${each}"`)
        const is = (held.get(each) ?? 0) > 0
        expect(weak.has(latin1(each))).toBe(is)
        expect(weak.hasBytes(bytes, 1, bytes.length - 1)).toBe(is)
      }
    }),
  )
})

it('looks up bytes that no value resembles without creating a string', () => {
  const weak = new WeakTexts()
  weak.add('value')
  const bytes = Buffer.from('other')
  const toText = vi.spyOn(bytes, 'toString')
  expect(weak.hasBytes(bytes, 0, bytes.length)).toBe(false)
  expect(toText).not.toHaveBeenCalled()
})
