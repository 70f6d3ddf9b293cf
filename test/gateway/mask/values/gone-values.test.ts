import { expect, it } from 'vitest'
import { GoneValues, type GoneValue } from '../../../../gateway/mask/values/gone-values.ts'

const MEGABYTE = 'a'.repeat(1 << 20)
const value = (namespace: string, key: string, goneMs: number, base64 = MEGABYTE): GoneValue => ({ namespace, secret: 'db', key, base64, goneMs })
const keys = (values: readonly GoneValue[]) => values.map(({ namespace, key }) => `${namespace}/${key}`)

it('forgets the oldest values of a namespace that removes too many, and none of another', () => {
  const gone = new GoneValues()
  expect(gone.add('shop', [value('shop', 'own', 1, 'c2hvcA==')])).toEqual([])
  const forgotten = Array.from({ length: 12 }, (_, index) => gone.add('flood', [value('flood', `k${index}`, index + 2)])).flat()
  expect(keys(forgotten)).toEqual(['flood/k0', 'flood/k1', 'flood/k2', 'flood/k3', 'flood/k4'])
  expect(gone.find('flood', 'db', 'k4')).toBeUndefined()
  expect(gone.find('flood', 'db', 'k11')?.goneMs).toBe(13)
  expect(gone.find('shop', 'db', 'own')?.base64).toBe('c2hvcA==')
})

it('counts small values too', () => {
  const gone = new GoneValues()
  const many = Array.from({ length: 100_000 }, (_, index) => value('flood', `k${index}`, index, ''))
  expect(gone.add('flood', many).length).toBeGreaterThan(50_000)
})

it('lets the fullest namespace pay when all together take too much', () => {
  const gone = new GoneValues()
  gone.add('shop', [value('shop', 'own', 0)])
  const forgotten = Array.from({ length: 12 }, (_, index) => {
    const namespace = `n${index}`
    return gone.add(
      namespace,
      Array.from({ length: 7 }, (_item, at) => value(namespace, `k${at}`, 1)),
    )
  }).flat()
  expect(forgotten.length).toBeGreaterThan(20)
  expect(forgotten.some(({ namespace }) => namespace === 'shop')).toBe(false)
})

it('gives back what is old, of every namespace', () => {
  const gone = new GoneValues()
  gone.add('shop', [value('shop', 'a', 1, ''), value('shop', 'b', 5, '')])
  gone.add('team', [value('team', 'c', 2, '')])
  expect(keys(gone.takeUntil(2))).toEqual(['shop/a', 'team/c'])
  expect(keys(gone.takeUntil(2))).toEqual([])
  expect(gone.find('shop', 'db', 'b')?.goneMs).toBe(5)
})

it('finds the last value of a key', () => {
  const gone = new GoneValues()
  gone.add('shop', [value('shop', 'a', 1, 'b25l'), value('shop', 'a', 2, 'dHdv')])
  expect(gone.find('shop', 'db', 'a')?.base64).toBe('dHdv')
})
