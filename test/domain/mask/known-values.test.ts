import { describe, expect, it } from 'vitest'
import { buildKnownValues, createKnownValues, type SecretValue } from '../../../domain/mask/match/known-values.ts'
import { MASK_TEXT } from '../../../domain/mask/secret/mask-text.ts'
import { MAX_PARTS } from '../../../domain/mask/match/value-parts.ts'
import { base64, known, masked } from './words.ts'

const hides = (value: string | Buffer, text: string) =>
  expect(masked('text', `a ${text} b`, { known: known(value) }).toString()).toBe(`a ${MASK_TEXT} b`)
const shows = (value: string | Buffer, text: string) => expect(masked('text', `a ${text} b`, { known: known(value) }).toString()).toBe(`a ${text} b`)

describe('secrets inside of values', () => {
  it.each([
    ['the right side of .env', 'HOST=db\nexport API_TOKEN="tok-8842-aa"\n', 'tok-8842-aa'],
    ['the right side of YAML', 'user: app\npassword: pw-99-xyz-1\n', 'pw-99-xyz-1'],
    ['the password of a URL', 'postgres://app:pw-99-xyz-1@db:5432/shop', 'pw-99-xyz-1'],
    ['the second URL of several', 'a://b,postgres://x:1@h,amqp://app:pw-99-xyz-1@mq', 'pw-99-xyz-1'],
    ['a field of JSON', JSON.stringify({ a: [{ client_secret: 'cs-0192837465' }] }), 'cs-0192837465'],
    ['what is encoded once more', base64('the inner secret 1'), 'the inner secret 1'],
    ['user and password in base64', base64('robot:pw-99-xyz-1'), 'pw-99-xyz-1'],
    ['the value without its last line end', 'correct horse battery\n', 'correct horse battery'],
  ])('%s', (_, value, part) => hides(value, part))

  it('leaves public certificates, and hides the key beside one', () => {
    const line = 'MIIBszCCAVmgAwIBAgIUcertificatesarepublic'
    const certificate = `-----BEGIN CERTIFICATE-----\n${line}\n-----END CERTIFICATE-----\n`
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\n-----END PRIVATE KEY-----\n'
    shows(certificate + certificate, line)
    shows(certificate + key + certificate, line)
    hides(certificate + key + certificate, 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw')
    hides(`-----BEGIN CERTIFICATE-----\n${line}\n`, line)
    hides(`-----BEGIN CERTIFICATE-----\n${line}\n-----END PRIVATE KEY-----`, line)
  })

  it('reports what is not looked for', () => {
    const all = createKnownValues(
      ['short', 'kube-system', 'aaaaaaaaaaaa', 'my-namespace', 'true'].map((value, index): SecretValue => ({
        namespace: 'n',
        secret: 's',
        key: `k${index}`,
        value: Buffer.from(value),
      })),
      { common: ['my-namespace'] },
    )
    expect(all.patterns).toBe(0)
    expect(all.skipped.map(({ key }) => key)).toEqual(['k0', 'k1', 'k2', 'k3', 'k4'])
  })
})

describe('whoever writes a Secret cannot make the gateway slow or big', () => {
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
  ])('1 MiB of %s', (_, unit) => {
    const value = Buffer.from(unit.repeat(MEGA / unit.length))
    const from = performance.now()
    const all = known(value, Buffer.concat([Buffer.from('{"a":"'), value]), `${'['.repeat(MEGA / 2)}${']'.repeat(MEGA / 2)}`)
    expect(performance.now() - from).toBeLessThan(5000)
    expect(all.patterns).toBeLessThan(3 * 20 * (MAX_PARTS + 2))
  })
})

it('builds the same with pauses, none of them far apart', async () => {
  const values = Array.from({ length: 400 }, (_, index): SecretValue => ({
    namespace: 'n',
    secret: `s${index}`,
    key: 'k',
    value: Buffer.from(`value number ${index} of many`),
  }))
  let pauses = 0
  const slow = await buildKnownValues(values, { pause: () => Promise.resolve(void pauses++) })
  const fast = createKnownValues(values)
  expect(pauses).toBeGreaterThan(50)
  expect({ patterns: slow.patterns, states: slow.states }).toEqual({ patterns: fast.patterns, states: fast.states })
  expect(Buffer.from(slow.automaton.fail.buffer).equals(Buffer.from(fast.automaton.fail.buffer))).toBe(true)
  await expect(buildKnownValues(values, { pause: () => Promise.reject(new Error('stopped')) })).rejects.toThrow('stopped')
})
