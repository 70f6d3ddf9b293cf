import { describe, expect, it } from 'vitest'
import { decodeApply, decodeObject } from '../../../../apiserver/machinery/http/body.ts'

const YAML = 'application/yaml'
const fields = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}: v`).join(', ')

describe('a YAML body', () => {
  it.each([
    ['in lines', fields(20_000).replaceAll(', ', '\n')],
    ['in braces, which is not JSON', `{${fields(20_000)}}`],
  ])('that is too long is refused, since parsing blocks other requests: %s', (_, text) => {
    expect(() => decodeObject(Buffer.from(text), YAML)).toThrow('send it as JSON')
  })
  it('may be long if it is JSON', () => {
    const object = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 'v']))
    const body = Buffer.from(JSON.stringify(object))
    expect(decodeObject(body, YAML)).toEqual(object)
    expect(decodeApply(body)).toEqual(object)
  })
  it.each([
    ['maps', '? '.repeat(400)],
    ['a list', '{[a]: 1}'],
    ['lists and maps', `${'{['.repeat(60)}${']:1}'.repeat(60)}`],
  ])('with keys that are %s is refused at once: the library writes each with all keys inside of it', (_, text) => {
    expect(() => decodeObject(Buffer.from(text), YAML)).toThrow('not valid YAML')
    expect(() => decodeApply(Buffer.from(` ${text.startsWith('{') ? `a: ${text}` : text}`))).toThrow('not valid YAML')
  })
  it('is parsed if it is short', () => expect(decodeObject(Buffer.from('a: b\nc: [1]'), YAML)).toEqual({ a: 'b', c: [1] }))
})
