import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker } from '../../../../domain/mask/masker.ts'
import { BOOTSTRAP, classes, forms, KEY_BEGIN, SHORTEST_TOKEN, type TokenForm } from '../../../../domain/mask/tokens/token-table.ts'
import { known, nothingKnown, placeholders } from '../mask-fixtures.ts'

const MASK = '[jit.access/masked]'
const B64 = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'

function text(body: string, cuts: readonly number[] = [body.length || 1], values = nothingKnown): string {
  const masker = createMasker('text', { known: values })
  const bytes = Buffer.from(body)
  const out: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = cuts[turn % cuts.length] as number
    out.push(Buffer.from(masker.push(bytes.subarray(at, at + size))))
    at += size
  }
  return Buffer.concat([...out, masker.end()]).toString()
}

function json(value: unknown, size = 1 << 20): unknown {
  const masker = createMasker('json', { known: nothingKnown, placeholders })
  const bytes = Buffer.from(JSON.stringify(value))
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) out.push(Buffer.from(masker.push(bytes.subarray(at, at + size))))
  return JSON.parse(Buffer.concat([...out, masker.end()]).toString()) as unknown
}

function lettersOf(bits: number, count: number): string {
  const all = Array.from('a7F0bZ93').filter((letter) => ((classes[letter.charCodeAt(0)] as number) & bits) !== 0)
  return Array.from({ length: count }, (_, at) => all[at % all.length]).join('')
}

/** A token of a form, made of characters of its class. */
function sample({ begins, parts }: TokenForm, extra = 0): string {
  return begins + parts.map((part) => (part.begins ?? '') + lettersOf(part.of, part.most === part.least ? part.least : part.least + extra)).join('.')
}

const key = (lines: readonly string[], end = '\n') =>
  `-----BEGIN RSA PRIVATE KEY-----${end}${lines.join(end)}${end}-----END RSA PRIVATE KEY-----${end}`
const JWT = sample(forms[0] as TokenForm, 20)

describe.each(forms.map((form) => [form.begins, form] as const))('%s', (_, form) => {
  const shown = form.begins.slice(0, form.keeps ?? 0) + MASK

  it.each([1, 2, 7, 1000])('is masked in text cut every %i bytes, whatever surrounds it', (size) => {
    for (const extra of [0, 3])
      for (const [before, after] of [
        ['', ''],
        ['x ', ' y'],
        ['"', '"'],
        ['token:', '\n'],
        ['\u001b[31m', '\u001b[0m'],
        ['a\\n', '\\n'],
        ['?a%3D', '&b'],
      ]) {
        const token = sample(form, extra)
        expect(text(`${before}${token}${after}`, [size])).toBe(`${before}${shown}${after}`)
      }
  })

  it('is masked in JSON as a value and after an escape, but not in field names', () => {
    const token = sample(form)
    for (const size of [1, 5, 10_000])
      expect(json({ a: token, [token]: 1, b: `x\n${token}\n`, c: [`see "${token}"`] }, size)).toEqual({
        a: shown,
        [token]: 1,
        b: `x\n${shown}\n`,
        c: [`see "${shown}"`],
      })
  })

  it('stays if it is too short or part of a longer word', () => {
    const token = sample(form)
    if (form.parts.length === 1) expect(text(`${token.slice(0, -1)} `)).toBe(`${token.slice(0, -1)} `)
    expect(text(`x${token} `)).toBe(`x${token} `)
  })
})

describe('a private key', () => {
  it.each(['\n', '\r\n', '\\n'])('is masked line by line, with line ends %j', (end) => {
    for (const size of [1, 3, 1000]) expect(text(`a ${key([B64, B64, 'Ab=='], end)}b`, [size])).toBe(`a ${key([MASK, MASK, MASK], end)}b`)
  })
  it('is masked in a JSON string', () => expect(json({ a: key([B64, 'Ab==']) })).toEqual({ a: key([MASK, MASK]) }))
  it('is masked on one line', () => expect(text(key([B64, B64], ' '))).toBe(key([MASK, MASK], ' ')))
  it('is masked if it is cut off', () =>
    expect(text(`-----BEGIN PRIVATE KEY-----\n${B64}\n${B64.slice(0, 10)}`)).toBe(`-----BEGIN PRIVATE KEY-----\n${MASK}\n${MASK}`))
  it('is not confused with other text', () => {
    for (const other of [
      `-----BEGIN CERTIFICATE-----\n${B64}\n${B64}\n-----END CERTIFICATE-----\n`,
      `-----BEGIN PUBLIC KEY-----\n${B64}\n-----END PUBLIC KEY-----\n`,
      'the line -----BEGIN PRIVATE KEY----- is missing in the file\n',
      `${B64}\n`,
    ])
      for (const size of [1, 1000]) expect(text(other, [size])).toBe(other)
  })
})

it('every form has at least the length of the skip and at most that of the look-ahead', () => {
  for (const { begins, parts } of [...forms, BOOTSTRAP, KEY_BEGIN]) {
    const length = begins.length + parts.reduce((sum, part) => sum + (part.begins ?? '').length + part.least, parts.length - 1)
    expect(length).toBeGreaterThanOrEqual(SHORTEST_TOKEN)
    expect(begins.length + parts[0].least).toBeLessThan(128)
  }
})

it('a bootstrap token is recognized by the flag before it', () => {
  for (const size of [1, 1000]) expect(text('kubeadm join --token abcdef.0123456789abcdef --x', [size])).toBe(`kubeadm join --token ${MASK} --x`)
  expect(text('docker.elasticsearchabc abcdef.0123456789abcdef')).toBe('docker.elasticsearchabc abcdef.0123456789abcdef')
})

describe('text without a token stays unchanged', () => {
  it.each([
    ['JSON in base64', Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url')],
    ['two parts of a JWT', JWT.split('.').slice(0, 2).join('.')],
    ['a JWT without signature', `${JWT.split('.').slice(0, 2).join('.')}.`],
    ['a digest', `sha256:${'0123456789abcdef'.repeat(4)}`],
    ['a UUID', '7c0e6f2a-0000-4000-8000-000000000001'],
    ['names of pods', 'sk-learn-deployment-7c9f8b6d5-abcde task-runner-0 disk-pressure-eviction-threshold'],
    ['annotations', 'kubectl.kubernetes.io/last-applied-configuration app.kubernetes.io/managed-by'],
    ['paths and URLs', 'https://hooks.slack.com/ /var/run/secrets/kubernetes.io/serviceaccount/token npm_config_registry=https://registry'],
    ['base64', B64.repeat(20)],
  ])('%s', (_, body) => {
    for (const size of [1, 3, 1000]) expect(text(`${body} `, [size])).toBe(`${body} `)
    expect(json({ [body]: body })).toEqual({ [body]: body })
  })
})

it('masks no tokens if the option is off', () => {
  const masker = createMasker('text', { known: nothingKnown, tokens: false })
  expect(Buffer.concat([masker.push(Buffer.from(JWT)), masker.end()]).toString()).toBe(JWT)
})

it('masks a token that the end of the stream cuts off, if enough of it is there', () => {
  expect(text('ghp_abcdefgh')).toBe(MASK)
  expect(text('ghp_abc')).toBe('ghp_abc')
})

const pieces = fc.constantFrom(
  ...forms.flatMap((form) => [form.begins, sample(form), sample(form, 9), form.begins.slice(0, 2)]),
  ' ',
  '\n',
  '.',
  '-',
  '_',
  '/',
  '=',
  '%3D',
  '\\n',
  '\u001b[31m',
  'a',
  'word',
  B64,
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  '--token ',
  'é',
  'correct horse',
)
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })

it('gives the same output however the text is cut', () => {
  const values = known('correct horse battery', 'word-ghp_abc-word')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), cuts, (parts, sizes) => {
      const body = parts.join('')
      const whole = text(body, [body.length || 1], values)
      expect(text(body, sizes, values)).toBe(whole)
      expect(text(body, [1], values)).toBe(whole)
    }),
    { numRuns: 2000 },
  )
})

it('gives the same output for a JSON string as for its decoded text', () => {
  fc.assert(
    fc.property(fc.array(fc.array(pieces, { maxLength: 12 }), { maxLength: 5 }), fc.integer({ min: 1, max: 300 }), (strings, size) => {
      const all = strings.map((parts) => parts.join(''))
      expect(json(all, size)).toEqual(all.map((body) => text(`${body}\u0000`).slice(0, -1)))
    }),
    { numRuns: 1000 },
  )
})

it('changes no byte of any text without a token', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.base64String({ maxLength: 80 }), fc.string(), fc.uuid(), fc.constantFrom(' ', '\n', '.', '-')), { maxLength: 20 }),
      cuts,
      (parts, sizes) => {
        const body = parts.join('')
        expect(text(body, sizes)).toBe(body)
      },
    ),
    { numRuns: 1000 },
  )
})
