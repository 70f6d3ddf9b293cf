import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutOf, printableLines, showObject, textOf } from '../../../../gateway/plan/render/show-object.ts'

const deep = (depth: number, leaf: unknown): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], leaf)

describe('the layout', () => {
  it.each([
    ['yaml', { a: 1 }, 100],
    ['json', { a: 1 }, 64 * 1024 + 1],
    ['yaml', deep(100, Array(10_000).fill(0)), 100],
    ['flat', deep(100, Array(100_000).fill(0)), 100],
    ['flat', deep(3000, Array(3000).fill(0)), 100],
  ])('is %s', (layout, value, bytes) => expect(layoutOf([undefined, value], bytes)).toBe(layout))
})

describe('flat', () => {
  it('is the same value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(textOf(JSON.parse(text), 'flat'))).toEqual(JSON.parse(JSON.stringify(JSON.parse(text))))
      }),
    )
  })
  it('has a line for each item and field, and none within a text', () =>
    expect(printableLines(textOf({ a: ['x,{"y":[]}', 1], b: {} }, 'flat'))).toEqual([
      '{',
      '"a":[',
      '"x,{\\"y\\":[]}",',
      '1',
      '],',
      '"b":{',
      '',
      '}',
      '}',
    ]))
  it('shows an object without what the server sets', () =>
    expect(showObject({ metadata: { name: 'a', uid: 'u' }, status: 1 }, { withStatus: false, as: 'flat' })).toEqual([
      '{',
      '"metadata":{',
      '"name":"a"',
      '}',
      '}',
    ]))
})
