import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker } from '../../../../domain/mask/masker.ts'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { createTextMasker } from '../../../../domain/mask/text/text-masker.ts'
import { createShortTextMasker } from '../../../../domain/mask/text/short-text-masker.ts'
import { byteEncodings, textEncodings } from '../encodings.ts'
import { maskedByModel } from '../model.ts'
import { cuts, formsOnce, known, masked, searching } from '../mask-fixtures.ts'

const RUNS = Number(process.env['JIT_FUZZ_RUNS'] ?? 10_000)
const worthy = (value: Buffer) => value.toString('latin1').trim() === value.toString('latin1')
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array))
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Array.from('abcdefXYZ0189-_+/=')) },
  { weight: 3, arbitrary: fc.constantFrom(...Array.from('\'"\\$`&<>%?!* :,;{}[]()#@~|')) },
  { weight: 1, arbitrary: fc.constantFrom('ä', 'ß', '€', '\u2028', '🔑', '\u0007', '\t') },
)
const words = (minLength: number, maxLength: number) => fc.string({ unit, minLength, maxLength }).map((text) => Buffer.from(text))
const textValue = words(8, 40).filter(worthy)
const byteValue = fc.oneof(textValue, bytes(8, 40).filter(worthy))
const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', '1'), minLength, maxLength }).map((text) => Buffer.from(text))
const likeValue = letters(8, 14).filter((value) => worthy(value))
const typed = () => createMasker('text', { known: searching('correct horse battery') })
const onlyItself = (value: Buffer) => searching(value)

// Property runs take seconds on a shared machine.

describe('no value survives, in any encoding and at any cut, and the rest stays', () => {
  it(`${RUNS} random values in each byte encoding`, () => {
    fc.assert(
      fc.property(byteValue, bytes(0, 12), bytes(0, 12), cuts, (value, before, after, sizes) => {
        const matcher = onlyItself(value)
        const patterns = formsOnce(value)
        for (const [name, encode] of Object.entries(byteEncodings)) {
          const sent = Buffer.concat([Buffer.from('<<'), Buffer.from(encode({ before, value, after })), Buffer.from('>>')])
          const out = masked('text', sent, { known: matcher, cuts: sizes })
          if (!out.includes(MASK_TEXT) || patterns.some((pattern) => out.includes(pattern, 0, 'latin1')))
            throw new Error(`a value survived as ${name}`)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it(`${RUNS} random values in each text encoding`, () => {
    fc.assert(
      fc.property(textValue, words(0, 6), words(0, 6), cuts, (value, before, after, sizes) => {
        const matcher = onlyItself(value)
        const patterns = formsOnce(value)
        for (const [name, encode] of Object.entries(textEncodings)) {
          const out = masked('text', `<<${encode({ before, value, after })}>>`, { known: matcher, cuts: sizes })
          if (!out.includes(MASK_TEXT) || patterns.some((pattern) => out.includes(pattern, 0, 'latin1')))
            throw new Error(`a value survived as ${name}`)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('matches the reference model for values that overlap or share a beginning', () => {
    const piece = fc.oneof(letters(0, 9), likeValue)
    fc.assert(
      fc.property(fc.array(likeValue, { minLength: 1, maxLength: 4 }), fc.array(piece, { maxLength: 6 }), cuts, (values, pieces, sizes) => {
        const text = Buffer.concat(
          [...pieces, values[0] as Buffer].flatMap((each, index) => [each, (values[index % values.length] as Buffer).subarray(0, index * 2)]),
        )
        const out = masked('text', text, { known: searching(...values), cuts: sizes })
        expect(out.toString('latin1')).toBe(maskedByModel(text, values.flatMap(formsOnce)).toString('latin1'))
      }),
      { numRuns: RUNS },
    )
  })

  it('changes nothing in random bytes without a value', () => {
    const matcher = searching('correct horse battery staple', 'hunter2hunter2', Buffer.from('0011223344556677aabb', 'hex'))
    fc.assert(
      fc.property(bytes(0, 400), cuts, (text, sizes) => masked('text', text, { known: matcher, cuts: sizes }).equals(text)),
      { numRuns: RUNS },
    )
  })
})

describe('at the ends of a stream the masker', () => {
  const value = 'correct horse battery'
  it('masks a value at the beginning, at the end, or alone', () => {
    for (const text of [value, `${value} x`, `x ${value}`])
      expect(masked('text', text, { known: searching(value) }).toString()).toBe(text.replace(value, MASK_TEXT))
  })
  it('masks half of a value at the end, because the rest may have been cut off on purpose', () => {
    expect(masked('text', `x ${value.slice(0, 10)}`, { known: searching(value) }).toString()).toBe(`x ${value.slice(0, 10)}`)
    expect(masked('text', `x ${value.slice(0, 11)}`, { known: searching(value) }).toString()).toBe(`x ${MASK_TEXT}`)
    const long = `postgres://shop:${'q7Xw'.repeat(10)}@db`
    expect(masked('text', long.slice(0, -25), { known: searching(long) }).toString()).toBe(long.slice(0, -25))
    expect(masked('text', long.slice(0, -24), { known: searching(long) }).toString()).toBe(MASK_TEXT)
  })
  it('does not confirm the next letter of a guess, at the end or after a pause', () => {
    const long = `postgres://shop:${'q7Xw'.repeat(10)}@db`
    for (let at = 4; at < 30; at++)
      for (const letter of [long[at] as string, '~']) {
        const guess = `${long.slice(0, at)}${letter}`
        const masker = createMasker('text', { known: searching(long) })
        expect(masker.push(Buffer.from(guess)).toString() + masker.idle().toString()).toBe(guess)
        expect(masked('text', guess, { known: searching(long) }).toString()).toBe(guess)
      }
  })
  it('masks each line of a multi-line value, and the parts of a docker config', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASC\nAUAwggE8AgEAAkEAq7BFUpkGp3+LQmlQ\n-----END PRIVATE KEY-----\n'
    const docker = JSON.stringify({
      auths: { 'r.example': { username: 'ci-robot', password: 'pw-7f3a9c21', auth: Buffer.from('ci-robot:pw-7f3a9c21').toString('base64') } },
    })
    const all = known(pem, docker)
    for (const secret of [
      'MIIBVgIBADANBgkqhkiG9w0BAQEFAASC',
      'AUAwggE8AgEAAkEAq7BFUpkGp3+LQmlQ',
      'pw-7f3a9c21',
      Buffer.from('ci-robot:pw-7f3a9c21').toString('base64'),
    ])
      expect(masked('text', `a ${secret} b`, { known: all }).toString()).toBe(`a ${MASK_TEXT} b`)
    const certificate = '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUcertificatesarepublic\n-----END CERTIFICATE-----\n'
    expect(masked('text', certificate, { known: known(certificate) }).toString()).toBe(certificate)
  })
})

describe('idle(), for terminals,', () => {
  it('releases less than half of a value after a pause, and never more', () => {
    const short = typed()
    expect(short.push(Buffer.from('$ cor')).toString() + short.idle().toString()).toBe('$ cor')
    const long = typed()
    expect(long.push(Buffer.from('$ correct hor')).toString() + long.idle().toString()).toBe('$ ')
    expect(long.push(Buffer.from('net')).toString()).toBe('correct hornet')
  })
  it('masks what follows a released beginning', () => {
    const terminal = typed()
    let out = ''
    for (const key of 'correct horse battery!') out += terminal.push(Buffer.from(key)).toString() + terminal.idle().toString()
    expect(out + terminal.end().toString()).toBe(`correct ho${MASK_TEXT}!`)
  })
})

describe('short texts', () => {
  const near = fc.tuple(fc.constantFrom('', '/', 'x', ' ', '"', '%3D'), fc.constantFrom('', '/', 'y', ' ', '"'))
  const tokens = fc.constantFrom('ghp_', 'ghp_abcdefgh', `ghp_${'a1'.repeat(20)}`, 'AKIAABCDEFGHIJKLMNOP', 'eyJhbGciOiJSUzI1NiIsIm', 'hvs.abcdefgh')

  it('are masked like a complete text', () => {
    fc.assert(
      fc.property(byteValue, fc.nat(40), near, fc.oneof(tokens, words(0, 40)), (value, length, [before, after], other) => {
        const matcher = onlyItself(value)
        for (const middle of [value.subarray(0, length), other, value]) {
          const text = `${before}${middle.toString()}${after}`
          const masker = createTextMasker({ known: matcher })
          expect(createShortTextMasker({ known: matcher })(text)).toBe(Buffer.concat([masker.push(Buffer.from(text)), masker.endWhole()]).toString())
        }
      }),
      { numRuns: 3000 },
    )
  })
  it('are masked one after another by the same masker', () => {
    const mask = createShortTextMasker({ known: searching('correct horse battery') })
    const texts = ['a', 'correct horse battery', 'correct ', 'horse battery', '/api/v1/correct%20horse%20battery', '']
    expect(texts.map(mask)).toEqual(['a', MASK_TEXT, 'correct ', 'horse battery', `/api/v1/${MASK_TEXT}`, ''])
  })
})

describe('forms that tools produce are masked', () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${Array.from({ length: 12 }, (_, line) => `${line}MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3LQ${line}`.slice(0, 64)).join('\n')}\n`
  const wrap = (columns: number): string =>
    Buffer.from(key)
      .toString('base64')
      .replaceAll(new RegExp(`.{${columns}}`, 'g'), '$&\n')
      .trimEnd()
  const password = 'p&ss"w\'rd<8>\\x'
  const manifest = `apiVersion: v1\ndata:\n  password: ${Buffer.from(password).toString('base64')}\n`
  const nested = (levels: number): string =>
    Array.from({ length: levels }).reduce<string>((text) => JSON.stringify({ inner: text }), JSON.stringify({ password }))
  it.each([
    ['a key file as base64 prints it', wrap(76)],
    ['a key file as openssl prints it', wrap(64)],
  ])('%s', (_, text) => expect(masked('text', `${text}\n`, { known: searching(key) }).toString()).toBe(`${MASK_TEXT}\n`))
  it('JSON in JSON in JSON', () => {
    for (const levels of [0, 1, 2]) expect(masked('text', nested(levels), { known: searching(password) }).toString()).toContain(MASK_TEXT)
  })
  it.each(['', ' ', '  '])('a manifest of the Secret in base64, with %j before it', (before) => {
    const text = Buffer.from(`${before}${manifest}`).toString('base64')
    expect(masked('text', text, { known: searching(password) }).toString()).toContain(MASK_TEXT)
  })
  it('HTML as Python writes it', () =>
    expect(masked('text', 'p&amp;ss&quot;w&#x27;rd&lt;8&gt;\\x', { known: searching(password) }).toString()).toBe(MASK_TEXT))
})
