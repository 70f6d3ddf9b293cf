import { expect, it } from 'vitest'
import { tooManyOf } from '../../gateway/large-heads.ts'

it('closes the connections of the address with the most large heads', () => {
  const sockets = [...Array.from({ length: 100 }, () => 'a'), 'b', 'b', 'c']
  expect(tooManyOf(sockets, (address) => address, 64)).toEqual(Array.from({ length: 39 }, () => 'a'))
  expect(tooManyOf(['a', 'b'], (address) => address, 64)).toEqual([])
})
