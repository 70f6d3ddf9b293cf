import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shown } from '../../../../controller/notify/messages/shown.ts'

it('a text is one line of at most so many characters, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 60 }), (text, max) => {
      const line = shown(text, max)
      expect(Array.from(line).length).toBeLessThanOrEqual(max)
      expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    }),
  )
})

it('a well-known token is hidden', () => {
  const token = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`
  expect(shown(`use ${token} please`, 200)).not.toContain(token)
})
