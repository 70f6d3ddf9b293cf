import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { createKnownValues, createMasker, valuesIn } from '../../../domain/mask/masker.ts'
import { readLabelSelector } from '../../../domain/selectors/label-selector.ts'
import { createApproverMasks } from '../../../gateway/plan/approver-masks.ts'
import { costExponent, LINEAR } from '../../measure/processor-cost.ts'
import { placeholders } from '../../domain/mask/mask-fixtures.ts'

/** X. Values of Secrets as tools write them, and values of tenants that look like what others read. */
const secret = (value: string, key = 'data') => ({ namespace: 'shop', secret: 'db', key, value: Buffer.from(value) })
const sources = (count: number) => Array.from({ length: count }, (_, at) => ({ namespace: `n${at % 97}`, secret: `s${at}`, key: 'k' }))
const random = (): string => randomBytes(12).toString('base64url')

function masked(kind: 'json' | 'text', text: string, values: ReturnType<typeof secret>[]): string {
  const masker = createMasker(kind, { known: createKnownValues(values), placeholders })
  const bytes = Buffer.concat([masker.push(Buffer.from(text)), masker.end()])
  expect(isUtf8(bytes)).toBe(true)
  return bytes.toString()
}

const log = (text: string, ...values: ReturnType<typeof secret>[]): string => masked('text', `2026-01-01 INFO ${text} end\n`, values)

/** Text that tenants put into their Secrets and that others have in value positions. */
const PUBLIC = [
  String.raw`([^:]+)(?::\d+)?;(\d+)`,
  '%Y-%m-%dT%H:%M:%S.%NZ',
  '$proxy_add_x_forwarded_for',
  '10.0.0.0/8,fd00::/8',
  'More info: https://datatracker.ietf.org/doc/html/rfc5280#section-4.2.1.10',
]

describe('X. values of Secrets', () => {
  it('X390 the private key of a Google service account is hidden line by line, and so is what stands beside a key on one line', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384', privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }) // prettier-ignore
    const [, line = ''] = privateKey.split('\n')
    const token = random()
    expect(log(line, secret(JSON.stringify({ type: 'service_account', private_key: privateKey })))).not.toContain(line)
    const env = secret(`KEY="${privateKey.replaceAll('\n', String.raw`\n`)}"\nDB_PASSWORD=${token}\n`)
    expect(log(`${line} ${token}`, env)).toBe('2026-01-01 INFO [jit.access/masked] [jit.access/masked] end\n')
  })

  it('X391 a password in PHP, in CDATA or in a comment of XML is hidden', () => {
    for (const wrap of [
      (text: string) => `<?php\ndefine( 'DB_PASSWORD', '${text}' );\n$db->open();\nif ( 2 > 1 ) { go(); }\n`,
      (text: string) => `<settings><password><![CDATA[${text}]]></password></settings>`,
      (text: string) => `<settings><!-- ${text} --><id>orders</id></settings>`,
    ]) {
      const value = random()
      expect(log(value, secret(wrap(value)))).not.toContain(value)
    }
  })

  it('X487 who writes a part of a long value into the request, such as the public part of a key, does not get the rest', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')
    const named = `acme-production-eu-central-1-orders-${random()}${random()}`
    for (const [value, part] of [
      // 64 digits at a multiple of 64, from the public key alone.
      [privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'), modulus.subarray(10, 58).toString('base64')],
      [named, Buffer.from(named.slice(0, 32)).toString('hex')],
    ] as const) {
      const known = createKnownValues([secret(value)])
      const shown = (request: string): string => {
        const masker = createMasker('text', { known, said: valuesIn(known, [Buffer.from(request)]) })
        return Buffer.concat([masker.push(Buffer.from(`${value}\n`)), masker.end()]).toString()
      }
      for (const left of shown(`note=${part}`).split('[jit.access/masked]')) expect(part).toContain(left.trim())
      expect(shown(`note=${part}${value}`)).toBe(`${value}\n`)
      expect(shown(`note=${Buffer.from(value).toString('hex')}`)).toBe(`${value}\n`)
    }
  })

  it('X392 a Secret with the values of an enumeration leaves the fields of others', () => {
    const service = JSON.stringify({
      kind: 'Service',
      spec: { sessionAffinity: 'None', existingSecret: 'orders-db', credentialBundlePath: '/certs/a' },
    })
    expect(masked('json', service, [secret('None'), secret('orders-db'), secret('/certs/a')])).toBe(service)
  })

  it('X393 a Secret with expressions, formats, networks and sentences hides nothing from others', () => {
    for (const text of PUBLIC) {
      expect(log(text, secret(text), secret(`a: ${text}\nb: c\n`, 'prometheus.yml'))).toContain(text)
    }
  })

  it('X394 a value with letters of several bytes is hidden whole, and what is left is UTF-8', () => {
    for (const value of ['voilà-Ünïcødé-9Kq-à', 'пароль-Ж7д-Щ4ю-à2', '비밀번호-à글9-한7à비']) {
      expect(log(value, secret(value, 'password'))).toBe('2026-01-01 INFO [jit.access/masked] end\n')
    }
  })

  it('X395 a password with punctuation is hidden as programs of other languages write it', () => {
    const value = `x9'K"q&7+Z\\${random()}<ä`
    for (const written of [
      `'${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`,
      JSON.stringify(value).replaceAll('ä', String.raw`\u00e4`),
      value.replaceAll(/[&<>"']/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#039;' })[char] as string),
      encodeURIComponent(encodeURIComponent(value)),
      Buffer.from(JSON.stringify({ password: value })).toString('base64'),
    ])
      expect(log(written, secret(value, 'password'))).toContain('[jit.access/masked]')
  })

  it('X396 a password that looks like a name and its value is hidden from its first letter on', () => {
    for (const value of ['x9#k:Lw7$Qz2!vB4@', 'T=njaK{H1|{aXw9$', '@MV3?,}M5&IWdwO;B7OBT:x5K[9w.2Z'])
      expect(log(value, secret(value, 'password'))).toBe('2026-01-01 INFO [jit.access/masked] end\n')
  })

  it('X397 the notes of a plan take no longer for a value in more Secrets, and long label selectors are not read', async () => {
    const value = Buffer.from('a-value-of-an-agent')
    const plan = (count: number): unknown => {
      const masks = createApproverMasks({ lookup: () => value, written: { take: () => {}, writerOf: () => 'agent' } })
      masks.replace({ sources: sources(count), bytes: value })
      return masks.notesFor('x'.repeat(count))
    }
    expect(await costExponent(plan, [1 << 12, 1 << 15], 3)).toBeLessThan(LINEAR)
    expect(() => readLabelSelector('a=b,'.repeat(45_000))).toThrow('longer than')
  })

  it('X501 lists of settings that many have are shown although one of them is in a Secret: alert labels, ciphers, protocols', () => {
    for (const line of [
      "group_by: ['alertname', 'cluster', 'service']",
      "scopes: ['openid', 'profile', 'email', 'groups']",
      'ssl_ciphers HIGH:!aNULL:!MD5;',
      'ssl-default-bind-ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!MD5',
      'ssl.enabled.protocols=TLSv1.2,TLSv1.3',
    ])
      for (const key of ['config', 'client.properties']) expect(log(line, secret(`a: 1\n${line}\nb: 2\n`, key))).toBe(`2026-01-01 INFO ${line} end\n`)
    const value = random()
    expect(log(value, secret(`group_by: ['${value}', 'job']`))).not.toContain(value)
    expect(log(value, secret(`ciphers: HIGH:!aNULL:${value}`))).not.toContain(value)
  })
})
