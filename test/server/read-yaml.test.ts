import { expect, it } from 'vitest'
import { readYamlOf } from '../../server/read-yaml.ts'
import { readYaml } from '../../gateway/decide/body/yaml-body.ts'

const OPTIONS = { maxAliasCount: 100, uniqueKeys: false, logLevel: 'error' } as const

it.each([
  ['maps as keys', '? '.repeat(400)],
  ['a map as a key', '? a: 1\n: b'],
  ['a list as a key', '{[a]: 1}'],
  ['lists and maps as keys', `${'{['.repeat(200)}${']:1}'.repeat(200)}`],
  ['an alias as a key', 'a: &x [b]\n*x : c'],
])('%s are refused at once', (_title, text) => {
  expect(() => readYamlOf(text, OPTIONS)).toThrow()
  expect(() => readYaml(text)).toThrow()
})
it.each([
  ['', null],
  ['a: 1\n"b": [c, {d: null}]\n1: x', { a: 1, b: ['c', { d: null }], 1: 'x' }],
  ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
  ['? a\n: 1', { a: 1 }],
])('%j is read', (text, value) => expect(readYamlOf(text, OPTIONS)).toEqual(value))
it('two documents and broken texts are refused', () => {
  for (const text of ['a: 1\n---\nb: 2', 'a: [', '\t- x: ]']) expect(() => readYamlOf(text, OPTIONS)).toThrow()
})
it.each([
  ['in a map', 'a: 1\na: 2'],
  ['in a flow', '{a: {b: 1, "b": 2}}'],
  ['as what JSON writes alike', '1: a\n"1": b'],
])('a key that comes twice %s is refused, unless the last one counts', (_title, text) => {
  expect(() => readYamlOf(text, { logLevel: 'error' })).toThrow('twice')
  expect(() => readYamlOf(text, OPTIONS)).not.toThrow()
})
it('many keys are read in linear time', () => {
  const keys = Array.from({ length: 40_000 }, (_, index) => `k${index}`)
  expect(Object.keys(readYamlOf(`{${keys.join()}}`, { logLevel: 'error' }) as object)).toEqual(keys)
})
