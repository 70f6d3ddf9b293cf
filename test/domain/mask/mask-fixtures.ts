/** Shared by the tests of domain/mask: one place of a Secret, one session, and a masker that runs at given cuts. */
import fc from 'fast-check'
import { LRUCache } from 'lru-cache'
import { createKnownValues, KnownValues } from '../../../domain/mask/match/known-values.ts'
import { piecesOf, StrongValue } from '../../../domain/mask/match/pattern.ts'
import { formsOf } from '../../../domain/mask/match/value-forms.ts'
import { createMasker, type MaskKind, type MaskerOptions } from '../../../domain/mask/masker.ts'
import { createPlaceholders } from '../../../domain/mask/secret/placeholders.ts'

export const placeholders = createPlaceholders({ key: Buffer.alloc(32, 7), session: 'one' })
export const otherSession = createPlaceholders({ key: Buffer.alloc(32, 7), session: 'two' })
export const nothingKnown = createKnownValues([])

export const place = (key: string, secret = 'db', namespace = 'shop') => ({ namespace, secret, key })
export const base64 = (value: Buffer | string) => Buffer.from(value).toString('base64')

/** The placeholder that a read shows for a value. */
export const shownFor = (key: string, value: Buffer | string, secret = 'db') => placeholders.of(place(key, secret), Buffer.from(base64(value)))

export const known = (...values: readonly (Buffer | string)[]): KnownValues =>
  createKnownValues(values.map((value, index) => ({ namespace: 'shop', secret: 'db', key: `k${index}`, value: Buffer.from(value) })))

/** Property tests search for the same names and values again and again. */
const knownForms = new LRUCache<string, readonly string[]>({ max: 2000 })
export function formsOnce(value: Buffer): readonly string[] {
  const key = value.toString('latin1')
  const forms = knownForms.get(key) ?? formsOf(value)
  knownForms.set(key, forms)
  return forms
}

/** Searches for values whole and in all forms, however easy they are to guess. */
export function searching(...values: readonly (Buffer | string)[]): KnownValues {
  const all = new KnownValues()
  for (const [index, each] of values.entries()) {
    const value = Buffer.from(each)
    const strong = new StrongValue(value.toString('latin1'), place(`k${index}`))
    for (const form of formsOnce(value)) for (const piece of piecesOf(form)) all.patterns.add(piece, strong)
  }
  return all
}

/** The whole output. The input is cut at the given sizes, repeatedly. */
export function masked(kind: MaskKind, body: Buffer | string, options: Partial<MaskerOptions> & { cuts?: readonly number[] } = {}): Buffer {
  const { cuts = [], ...rest } = options
  const masker = createMasker(kind, { known: nothingKnown, placeholders, ...rest })
  const bytes = Buffer.from(body)
  const out: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const to = cuts.length === 0 ? bytes.length : at + Math.max(1, cuts[turn % cuts.length] as number)
    // Copied twice, so that output that shares memory with a later chunk is detected.
    const chunk = Buffer.from(bytes.subarray(at, to))
    out.push(Buffer.from(masker.push(chunk)))
    chunk.fill(0)
    at = to
  }
  out.push(masker.end())
  return Buffer.concat(out)
}

export const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
