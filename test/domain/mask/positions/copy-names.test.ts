import { expect, it } from 'vitest'
import fc from 'fast-check'
import { COPY, COPY_LENGTHS, fieldOf } from '../../../../domain/mask/positions/field-class.ts'
import { Positions } from '../../../../domain/mask/positions/positions.ts'

const COPIES = ['kubectl.kubernetes.io/last-applied-configuration', 'kapp.k14s.io/original']
const name = fc.oneof(
  fc.constantFrom(...COPIES),
  fc.string({ minLength: 1, maxLength: 60 }),
  fc.constantFrom(...COPIES).map((text) => `${text.slice(1)}x`),
)

it('tells names of copies whether or not it looks them up', () => {
  expect(COPIES.map((text) => fieldOf(text).of)).toEqual(COPIES.map(() => COPY))
  fc.assert(
    fc.property(name, (text) => {
      const isCopy = fieldOf(text).of === COPY
      if (isCopy) expect(COPY_LENGTHS).toContain(text.length)
      const positions = new Positions()
      positions.open(false)
      const bytes = Buffer.from(text)
      positions.enter(bytes, 0, bytes.length)
      expect(positions.isCopy).toBe(isCopy)
    }),
  )
})
