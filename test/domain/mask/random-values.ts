/** Generators of secrets as password managers, clouds and tools create them. */
import fc from 'fast-check'

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DIGITS = '0123456789'
const SYMBOLS = '!@#$%^&*()-_=+[]{};:,.<>?/|~'

const of = (alphabet: string, length: number, most = length) =>
  fc.noBias(fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: length, maxLength: most }))
const bytes = (length: number) => fc.noBias(fc.uint8Array({ minLength: length, maxLength: length })).map((each) => Buffer.from(each))
const mixed = (text: string) => /[0-9]/.test(text) && /[a-z]/i.test(text)

const VOWELS = 'a ae ah ai e ee ei i ie o oh oo u'.split(' ')
const CONSONANTS = 'b c ch d f g h j k l m n p ph qu r s sh t th v w x y z'.split(' ')
/** Alternating consonants and vowels, with a capital and a digit somewhere, as pwgen generates them. */
const pronounceable = fc
  .record({
    syllables: fc.array(fc.tuple(fc.constantFrom(...CONSONANTS), fc.constantFrom(...VOWELS)), { minLength: 8, maxLength: 8 }),
    capital: fc.nat({ max: 4 }),
    digit: fc.integer({ min: 2, max: 4 }),
    number: fc.nat({ max: 9 }),
  })
  .map(({ syllables, capital, digit, number }) =>
    syllables
      .map(([consonant, vowel], at) => (at === capital ? consonant.toUpperCase() : consonant) + vowel + (at === digit ? number : ''))
      .join('')
      .slice(0, 14),
  )

export const RANDOM_VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'letters and digits': of(LOWER + UPPER + DIGITS, 10, 40).filter(mixed),
  'ten letters and digits': of(LOWER + UPPER + DIGITS, 10).filter(mixed),
  'lower case and digits': of(LOWER + DIGITS, 12, 40).filter(mixed),
  'upper case and digits': of(UPPER + DIGITS, 12, 40).filter(mixed),
  symbols: of(LOWER + UPPER + DIGITS + SYMBOLS, 10, 32),
  hex: bytes(8)
    .map((each) => each.toString('hex'))
    .filter(mixed),
  base64: bytes(16).map((each) => each.toString('base64')),
  'base64 for URLs': bytes(32).map((each) => each.toString('base64url')),
  uuid: fc.uuid(),
  'license key': fc.array(of('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', 4), { minLength: 4, maxLength: 4 }).map((groups) => groups.join('-')),
  pronounceable,
  'GitHub token': of(LOWER + UPPER + DIGITS, 36).map((text) => `ghp_${text}`),
  'AWS key': of(`${UPPER}234567`, 16).map((text) => `AKIA${text}`),
  'JSON Web Token': fc
    .tuple(bytes(40), bytes(32))
    .map(([claims, signature]) => `eyJhbGciOiJIUzI1NiJ9.${claims.toString('base64url')}.${signature.toString('base64url')}`),
  '256 random bits': bytes(32).map((each) => each.toString('latin1')),
}
