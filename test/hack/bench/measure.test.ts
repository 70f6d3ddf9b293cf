import { expect, test } from 'vitest'
import { interleaved, percentile, type Variant } from '../../../hack/bench/measure.ts'
import { table } from '../../../hack/bench/markdown-table.ts'

const variant = (name: string, calls: string[]): Variant => ({ name, once: async () => void calls.push(name), close: async () => undefined })

test('the variants take turns forwards and backwards after warming up', async () => {
  const calls: string[] = []
  const samples = await interleaved([variant('a', calls), variant('b', calls)], 2, { warm: 1, perRound: 2 })
  expect(calls.join('')).toBe('abaabbbbaa')
  expect(samples.map(({ ms }) => ms.length)).toEqual([4, 4])
})

test('a failed call ends the benchmark', async () => {
  const broken: Variant = { name: 'broken', once: () => Promise.reject(new Error('answered 403')), close: async () => undefined }
  await expect(interleaved([broken], 1, { warm: 0, perRound: 1 })).rejects.toThrow('answered 403')
})

test('a percentile of few samples is one of them, and of none an error', () => {
  expect([percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4], 0.99), percentile([7], 0.5)]).toEqual([3, 4, 7])
  expect(() => percentile([], 0.5)).toThrow(RangeError)
})

test('a table is as wide as its widest cells', () => {
  expect(table(['variant', 'p50'], [['gateway', '1']])).toBe('| variant | p50 |\n| ------- | --- |\n| gateway | 1   |')
})
