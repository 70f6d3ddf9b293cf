import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker, type MaskerOptions } from '../../../../domain/mask/masker.ts'
import { MAX_SECRET_PARTS } from '../../../../domain/mask/match/search-budget.ts'
import { KnownValues, type Learned, type SecretValue } from '../../../../domain/mask/match/known-values.ts'
import { valuesIn } from '../../../../domain/mask/match/values-in.ts'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { MAX_PARTS } from '../../../../domain/mask/match/value-parts.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'
import { base64, cuts, known, masked } from '../mask-fixtures.ts'

const hides = (value: string | Buffer, text: string) =>
  expect(masked('text', `a ${text} b`, { known: known(value) }).toString()).toBe(`a ${MASK_TEXT} b`)
const shows = (value: string | Buffer, text: string) => expect(masked('text', `a ${text} b`, { known: known(value) }).toString()).toBe(`a ${text} b`)

describe('secrets inside values are hidden', () => {
  it.each([
    ['the right side of .env', 'HOST=db\nexport API_TOKEN="tok-Vx83kLq0aZ"\n', 'tok-Vx83kLq0aZ'],
    ['the right side of YAML', 'user: app\npassword: pw-Zq83kLw0aZ\n', 'pw-Zq83kLw0aZ'],
    ['the password of a URL', 'postgres://app:pw-Zq83kLw0aZ@db:5432/shop', 'pw-Zq83kLw0aZ'],
    ['the second URL of several', 'a://b,postgres://x:1@h,amqp://app:pw-Zq83kLw0aZ@mq', 'pw-Zq83kLw0aZ'],
    ['a field of JSON', JSON.stringify({ a: [{ client_secret: 'cs-7Hq2mZ9xKd4R' }] }), 'cs-7Hq2mZ9xKd4R'],
    ['a value in base64', base64('inner-9fQ2LmXz7Kd1'), 'inner-9fQ2LmXz7Kd1'],
    ['user and password in base64', base64('robot:pw-Zq83kLw0aZ'), 'pw-Zq83kLw0aZ'],
    ['the value without its final line end', 'q7Xw9LmZ2KdR\n', 'q7Xw9LmZ2KdR'],
  ])('%s', (_, value, part) => hides(value, part))

  it('shows public certificates and hides a key next to one', () => {
    const line = 'MIIBszCCAVmgAwIBAgIUcertificatesarepublic'
    const certificate = `-----BEGIN CERTIFICATE-----\n${line}\n-----END CERTIFICATE-----\n`
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\n-----END PRIVATE KEY-----\n'
    shows(certificate + certificate, line)
    shows(certificate + key + certificate, line)
    hides(certificate + key + certificate, 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw')
    hides(`-----BEGIN CERTIFICATE-----\n${line}\n`, line)
    hides(`-----BEGIN CERTIFICATE-----\n${line}\n-----END PRIVATE KEY-----`, line)
  })
})

describe('a Secret cannot make the gateway slow or large', () => {
  const MEGA = 1 << 20
  it.each([
    ['line ends', '\n'],
    ['spaces', ' '],
    ['lines', 'a1b2c3d4e5f6\n'],
    ['assignments', 'a=                \n'],
    ['beginnings of certificates', '-----BEGIN CERTIFICATE-----'],
    ['beginnings of URLs', '://a:'],
    ['URLs', '://a:b@'],
    ['open brackets', '['],
    ['quotes', '"'],
    ['base64', 'QUJD'],
  ])('1 MiB of %s', async (_, unit) => {
    const hostile = (bytes: number): KnownValues => {
      const value = Buffer.from(unit.repeat(bytes / unit.length))
      return known(value, Buffer.concat([Buffer.from('{"a":"'), value]), `${'['.repeat(bytes / 2)}${']'.repeat(bytes / 2)}`)
    }
    expect(await costExponent(hostile, [MEGA / 8, MEGA], 2)).toBeLessThan(LINEAR)
    expect(hostile(MEGA).patterns.size).toBeLessThan(3 * 20 * (MAX_PARTS + 2))
  })
})

const random = (bytes = 18) => randomBytes(bytes).toString('base64url')
const secretValue = (namespace: string, secret: string, key: string, value: string): SecretValue => ({
  namespace,
  secret,
  key,
  value: Buffer.from(value),
})
const learn = (all: KnownValues, value: SecretValue): Learned => {
  const steps = all.learn(value)
  for (;;) {
    const { done, value: learned } = steps.next()
    if (done === true) return learned
  }
}
const isHidden = (all: KnownValues, text: string): boolean => !masked('text', `a ${text} b`, { known: all }).toString().includes(text)

describe('a value that takes long is learned in many steps, so that requests are served between them', () => {
  it.each([
    ['lines without a secret', 'database=orders-db\n', 2000],
    ['long lines', `token=${'a'.repeat(1900)};\n`, 100],
    ['words', 'orders ', 20_000],
  ])('%s', (_, unit, count) => {
    let steps = 0
    for (const all = new KnownValues().learn(secretValue('shop', 'db', 'config', unit.repeat(count))); all.next().done !== true;) steps++
    expect(steps).toBeGreaterThan(count / 300)
    expect(steps).toBeGreaterThan(4)
  })

  it('long secrets', () => {
    const long = Array.from({ length: 100 }, () => random(1400)).join('\n')
    let steps = 0
    for (const all = new KnownValues().learn(secretValue('shop', 'db', 'config', long)); all.next().done !== true;) steps++
    expect(steps).toBeGreaterThan(90)
  })
})

describe('values that are learned and forgotten', () => {
  it('are hidden exactly while they are learned, in any order', () => {
    const values = Array.from({ length: 6 }, () => random())
    const step = fc.record({ of: fc.nat(5), place: fc.nat(2), forget: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const all = new KnownValues()
        const held = new Map<string, Learned>()
        for (const { of, place, forget } of steps) {
          const id = `${of} ${place}`
          const before = held.get(id)
          if (forget && before !== undefined) {
            all.forget(before)
            held.delete(id)
          } else if (!forget && before === undefined) held.set(id, learn(all, secretValue('shop', `s${place}`, 'password', values[of] as string)))
        }
        for (const [of, value] of values.entries()) expect(isHidden(all, value)).toBe([0, 1, 2].some((place) => held.has(`${of} ${place}`)))
        if (held.size === 0) expect({ patterns: all.patterns.size, bytes: all.bytes }).toEqual({ patterns: 0, bytes: 0 })
      }),
      { numRuns: 200 },
    )
  })

  it('are found by a masker that has already started', () => {
    const all = new KnownValues()
    const masker = createMasker('text', { known: all })
    const value = random()
    const before = masker.push(Buffer.from('one ')).toString()
    learn(all, secretValue('shop', 'db', 'password', value))
    expect(before + masker.push(Buffer.from(`${value} two`)).toString() + masker.end().toString()).toBe(`one ${MASK_TEXT} two`)
  })

  it('are reported with every Secret that contains them', () => {
    const all = new KnownValues()
    const value = random()
    for (const secret of ['one', 'two']) learn(all, secretValue('shop', secret, 'password', value))
    const found: string[] = []
    masked('text', `a ${value} b`, {
      known: all,
      replace: ({ sources, bytes }) => {
        found.push(...sources.map(({ namespace, secret, key }) => `${namespace}/${secret}:${key}`), bytes.toString())
        return Buffer.from('<hidden>')
      },
    })
    expect(found).toEqual(['shop/one:password', 'shop/two:password', value])
  })

  it('are shown if the request contained them, or if every Secret that contains them is exempt', () => {
    const all = new KnownValues()
    const [value, other] = [random(), random()]
    learn(all, secretValue('shop', 'one', 'password', value))
    learn(all, secretValue('shop', 'two', 'password', value))
    learn(all, secretValue('shop', 'one', 'other', other))
    const text = `${value} ${other}`
    const shown = (options: Partial<MaskerOptions>): string => masked('text', text, { known: all, ...options }).toString()
    expect(shown({ said: valuesIn(all, [Buffer.from(`echo ${encodeURIComponent(value)}`)]) })).toBe(`${value} ${MASK_TEXT}`)
    expect(shown({ exempt: ({ secret }) => secret === 'one' })).toBe(`${MASK_TEXT} ${other}`)
    expect(shown({ exempt: () => true })).toBe(text)
  })

  it('keep the length of the text if sameLength is set', () => {
    const all = new KnownValues()
    const value = random(60)
    learn(all, secretValue('shop', 'db', 'password', value))
    fc.assert(
      fc.property(cuts, (sizes) => {
        const out = masked('text', `a ${value} b ${value.slice(0, 70)} c`, { known: all, sameLength: true, cuts: sizes }).toString()
        expect(out).toHaveLength(value.length + 5 + 70 + 2)
        expect(out.indexOf(value.slice(0, 64))).toBe(value.length + 5)
      }),
    )
  })
})

describe('a namespace with too many values', () => {
  it('has the excess values of one Secret reported, while others are still hidden', () => {
    const all = new KnownValues()
    const many = Array.from({ length: MAX_SECRET_PARTS + 50 }, () => random())
    const learned = many.map((value, index) => learn(all, secretValue('tenant', 'big', `k${index}`, value)))
    const other = random()
    learn(all, secretValue('shop', 'db', 'password', other))
    expect(learned.filter(({ notSearched }) => notSearched === 'too many values in the Secret')).toHaveLength(50)
    expect(all.notSearched.size).toBe(50)
    expect([isHidden(all, other), isHidden(all, many[0] as string), isHidden(all, many.at(-1) as string)]).toEqual([true, true, false])
  })

  it('drops the old values of a repeatedly rotated Secret, not those of others', () => {
    const all = new KnownValues()
    const other = random()
    all.retire(learn(all, secretValue('shop', 'db', 'password', other)))
    const rounds = Array.from({ length: 3 }, () => Array.from({ length: MAX_SECRET_PARTS }, () => random()))
    for (const values of rounds)
      for (const each of values.map((value, index) => learn(all, secretValue('tenant', 'big', `k${index}`, value))))
        for (const excess of all.retire(each)) all.forget(excess)
    const [first, , last] = rounds as [string[], string[], string[]]
    expect([isHidden(all, other), isHidden(all, first[0] as string), isHidden(all, last[0] as string)]).toEqual([true, false, true])
  })

  it('returns each value that exceeds the limit once, although it is forgotten later', () => {
    const all = new KnownValues()
    const learned = Array.from({ length: MAX_SECRET_PARTS + 3 }, () => random())
    const excess: unknown[] = []
    for (const [index, value] of learned.entries()) excess.push(...all.retire(learn(all, secretValue('tenant', 'big', `k${index}`, value))))
    expect([excess.length, new Set(excess).size]).toEqual([3, 3])
  })

  it('forgets a value of many long parts in steps, and hides each part until its step', () => {
    const all = new KnownValues()
    const parts = Array.from({ length: 20 }, () => Array.from({ length: 40 }, random).join(''))
    const learned = learn(all, secretValue('tenant', 'big', 'parts', parts.join('\n')))
    const hidden = (): number => parts.filter((part) => isHidden(all, part)).length
    expect(hidden()).toBe(20)
    const counts: number[] = []
    for (const _ of all.forgetting(learned)) counts.push(hidden())
    expect(counts).toEqual(counts.toSorted((a, b) => b - a))
    expect(new Set(counts).size).toBeGreaterThanOrEqual(19)
    expect([hidden(), all.bytes]).toEqual([0, 0])
  })

  it('goes on forgetting after other values needed the room', () => {
    const all = new KnownValues()
    const learned = learn(
      all,
      secretValue('tenant', 'big', 'parts', Array.from({ length: 20 }, () => Array.from({ length: 40 }, random).join('')).join('\n')),
    )
    const steps = all.forgetting(learned)
    steps.next()
    all.forget(learned)
    expect([steps.next().done, all.bytes]).toEqual([true, 0])
  })
})
