import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKnownValues, createMasker, MASK_TEXT, type MaskerOptions, valuesIn } from '../../../domain/mask/masker.ts'
import { Matcher } from '../../../domain/mask/match/matcher.ts'
import { StrongValue } from '../../../domain/mask/match/pattern.ts'
import { PatternTable } from '../../../domain/mask/match/pattern-table.ts'
import { valuesRepeatedIn, weakValuesFor } from '../../../gateway/mask/values/values-said.ts'
import { placeholders } from '../../domain/mask/mask-fixtures.ts'
import { costExponent } from '../../measure/processor-cost.ts'

/** X. Pieces and beginnings of values, and many guesses at once. */
const source = { namespace: 'shop', secret: 'signer', key: 'PRIVATE_KEY' }

/** A Matcher for many values with one beginning, at the end of a text that is so much of this beginning. */
function endOfMany(count: number, length: number): Matcher {
  const patterns = new PatternTable()
  const begin = 'A'.repeat(96)
  for (let each = 0; each < count; each++) {
    const text = begin + createHash('md5').update(String(each)).digest('hex').slice(0, 24)
    patterns.add(text, new StrongValue(text, source))
  }
  const matcher = new Matcher(patterns)
  matcher.read(Buffer.from(begin), 0, length)
  return matcher
}

describe('X. pieces of values', () => {
  it('X495 who knows a piece of a private key, which its certificate has too, is not shown the rest', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const value = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
    const known = createKnownValues([{ ...source, value: Buffer.from(value) }])
    const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')
    const piece = Buffer.concat([Buffer.alloc(38), modulus])
      .toString('base64')
      .slice(64, 128)
    expect(value.slice(64, 128)).toBe(piece)
    const shown = (request: string, text: string): string => {
      const masker = createMasker('text', { known, said: valuesIn(known, [Buffer.from(request)]) })
      return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString()
    }
    expect(shown(`?x=${piece}`, `key ${value}\n`)).not.toContain(value.slice(128, 192))
    expect(shown(`?x=${piece}`, `key ${value.slice(128)}\n`)).toBe(`key ${MASK_TEXT}\n`)
    // What the request contains is shown, so that a mask confirms nothing.
    expect(shown(`?x=${piece}`, `no pod ${piece}\n`)).toBe(`no pod ${piece}\n`)
    expect(shown(value, `key ${value} ${Buffer.from(value).toString('base64')}\n`)).toBe(`key ${value} ${Buffer.from(value).toString('base64')}\n`)
    expect(shown(randomBytes(900).toString('base64'), `key ${value}\n`)).toBe(`key ${MASK_TEXT}\n`)
  })

  it('X500 a value in the metadata of what a program behind a proxied path answers is hidden, and the metadata of objects is not', () => {
    const value = 'kT9x!vQ2+mZ7pLw4R'
    const known = createKnownValues([{ ...source, value: Buffer.from(value) }])
    const shown = (answer: object): unknown => {
      const masker = createMasker('json', { known, placeholders })
      return JSON.parse(Buffer.concat([masker.push(Buffer.from(JSON.stringify(answer))), masker.end()]).toString())
    }
    expect(shown({ metadata: { token: value, note: value, value } })).toEqual({ metadata: { token: MASK_TEXT, note: MASK_TEXT, value: MASK_TEXT } })
    const metadata = { name: value, generateName: value, uid: value, resourceVersion: value, finalizers: [value], continue: value }
    expect(shown({ metadata })).toEqual({ metadata })
    expect(shown({ items: [{ metadata: { ...metadata, creationTimestamp: '2026-11-30T12:00:00Z' } }] })).toEqual({
      items: [{ metadata: { ...metadata, creationTimestamp: '2026-11-30T12:00:00Z' } }],
    })
  })

  it('X496 many values with one beginning do not slow down a stream that ends like them', async () => {
    const ends = new Map([256, 8192].map((count) => [count, endOfMany(count, 88)]))
    expect(endOfMany(8, 96).revealsTooMuch).toBe(true)
    const look = (count: number): void => {
      for (let run = 0; run < 20; run++) expect(ends.get(count)?.revealsTooMuch).toBeTypeOf('boolean')
    }
    expect(await costExponent(look, [256, 8192], 3)).toBeLessThan(0.5)
  })
})

describe('X. guesses of values', () => {
  it('X502 a read does not tell which of many guesses in its query is a value: only errors and programs repeat what they were asked', () => {
    const value = 'Tr0ub4dor&3'
    const known = createKnownValues([{ ...source, key: 'password', value: Buffer.from(value) }])
    const shown = (path: string, by: { readonly method?: string; readonly status?: number; readonly subresource?: string } = {}): string => {
      const { method = 'GET', status = 200, subresource = '' } = by
      const request = { method, path, search: `x=${encodeURIComponent(`Tr0ub4dor&2${value}Tr0ub4dor&4`)}`, headers: new Map(), body: Buffer.alloc(0) }
      const announced = { ...request, classified: { info: { subresource } } } as unknown as Parameters<typeof valuesRepeatedIn>[0]
      const masker = createMasker('text', { known, said: valuesRepeatedIn(announced, { known, status }) })
      return Buffer.concat([masker.push(Buffer.from(`it is ${value}\n`)), masker.end()]).toString()
    }
    expect(shown('/api/v1/namespaces/shop/configmaps/web')).toBe(`it is ${MASK_TEXT}\n`)
    expect(shown('/api/v1/namespaces/shop/pods/web/log', { subresource: 'log' })).toBe(`it is ${MASK_TEXT}\n`)
    expect(shown('/api/v1/namespaces/shop/configmaps/web', { status: 404 })).toContain(value)
    expect(shown('/api/v1/namespaces/shop/pods/web/proxy', { subresource: 'proxy' })).toContain(value)
    expect(shown('/api/v1/namespaces/shop/configmaps/web', { method: 'PATCH' })).toContain(value)
  })

  it('X497 an answer that repeats the request does not tell which of many guesses is a value', () => {
    const known = createKnownValues([{ namespace: 'bank', secret: 'atm', key: 'pin', value: Buffer.from('73914826') }])
    const guesses = ['73914825', '73914826', '73914827'].map((guess) => `pin=${guess}`).join('&')
    const answer = (verb: string, apiGroup: string, by: { readonly body?: string; readonly path?: string; readonly status?: number }): string => {
      const { body = '', path = '/apis/x', status = 201 } = by
      const request = { path, search: '', headers: new Map(), body: Buffer.from(body), classified: { info: { verb, apiGroup } } }
      const options = {
        known,
        placeholders,
        ...weakValuesFor(request as unknown as Parameters<typeof weakValuesFor>[0], { known, status }),
      } as MaskerOptions
      const masker = createMasker('json', options)
      return Buffer.concat([masker.push(Buffer.from(JSON.stringify({ text: guesses, pin: '73914826' }))), masker.end()]).toString()
    }
    const repeated = JSON.stringify({ text: guesses, pin: '73914826' })
    expect(answer('create', 'authorization.k8s.io', { body: repeated })).toBe(repeated)
    expect(answer('get', '', { path: `/api/v1/namespaces/shop/pods/${guesses}`, status: 404 })).toBe(repeated)
    expect(answer('get', 'jit.access', { status: 200 })).toBe(repeated)
    expect(answer('create', '', { body: '{}' })).not.toContain('73914826')
    expect(answer('get', '', { path: `/api/v1/namespaces/shop/pods/${guesses}`, status: 200 })).not.toContain('73914826')
  })
})
