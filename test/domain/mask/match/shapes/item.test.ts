import fc from 'fast-check'
import { it } from 'vitest'
import { withoutTrailing } from '../../../../../domain/mask/match/shapes/item.ts'

it('leaves out what the slow expression leaves out', () => {
  const text = fc.string({ unit: fc.constantFrom('"', "'", ')', '>', 'a', '/', '\n'), maxLength: 12 })
  fc.assert(fc.property(text, (any) => withoutTrailing(any, `"')>`) === any.replace(/["')>]+$/, '')))
})
