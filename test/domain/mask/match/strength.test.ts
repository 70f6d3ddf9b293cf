import { hash } from 'node:crypto'
import * as kubernetes from '@kubernetes/client-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zxcvbnLists } from '../zxcvbn-lists.ts'
import { isCredentialName } from '../../../../domain/mask/match/credential-names.ts'
import { isCode } from '../../../../domain/mask/match/strength/code.ts'
import { isStrong } from '../../../../domain/mask/match/strength.ts'
import { costRatio } from '../../../measure/processor-cost.ts'
import { ORDINARY_VALUES } from '../ordinary-values.ts'
import { RANDOM_VALUES } from '../random-values.ts'

const NAMES = ['', 'username', 'host', 'config.yaml', 'password', 'API_TOKEN']
const strongOf = (values: readonly string[], names: readonly string[] = NAMES) =>
  values.flatMap((value) => names.filter((name) => isStrong(name, value)).map((name) => `${name}=${value}`))

describe('a guessable value is weak under any name', () => {
  it.each(Object.entries(ORDINARY_VALUES))('%s', (_, values) => expect(strongOf(values)).toEqual([]))

  it('Kubernetes field names and kinds', () => {
    const names = Object.entries(kubernetes).flatMap(([kind, model]) => {
      const { attributeTypeMap } = model as { attributeTypeMap?: readonly { baseName: string }[] }
      return attributeTypeMap === undefined ? [] : [kind, ...attributeTypeMap.map(({ baseName }) => baseName)]
    })
    expect(names.length).toBeGreaterThan(2000)
    expect(strongOf([...new Set(names)], ['', 'password'])).toEqual([])
  })

  const [passwords = [], englishWords = [], firstNames = []] = ['passwords-common', 'commonWords-en', 'firstnames-en'].map(
    (name) => zxcvbnLists[name],
  )
  const dictionary = [...passwords.slice(0, 10_000), ...englishWords, ...firstNames].map(String)

  it('dictionary words and common passwords', () => {
    const sample = fc.sample(fc.constantFrom(...dictionary), { numRuns: 5000, seed: 1 })
    expect(strongOf(sample, ['', 'password'])).toEqual([])
  })

  it('names made of up to three words', () => {
    const word = fc.constantFrom(
      ...englishWords
        .slice(0, 5000)
        .map(String)
        .filter((each) => /^[a-z]{2,}$/.test(each)),
    )
    const styles: ((words: string[]) => string)[] = [
      (words) => words.join('-'),
      (words) => words.join('_').toUpperCase(),
      (words) => words.join('.'),
      (words) => words.map((each) => `${each[0]?.toUpperCase() ?? ''}${each.slice(1)}`).join(''),
      (words) => `${words.join('-')}-v2`,
    ]
    const name = fc.tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.constantFrom(...styles)).map(([words, style]) => style(words))
    fc.assert(
      fc.property(name, fc.constantFrom('', 'config.yaml'), (value, under) => !isStrong(under, value)),
      { numRuns: 3000, seed: 5 },
    )
  })

  it('numbers, dates and addresses', () => {
    const date = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    const value = fc.oneof(
      fc.nat({ max: 999_999_999 }).map((number) => `${number}`),
      date.map((each) => each.toISOString()),
      date.map((each) => each.toUTCString()),
      fc.ipV4(),
      fc.ipV6(),
      fc.array(fc.ipV4(), { minLength: 2, maxLength: 8 }).map((each) => each.join(',')),
    )
    fc.assert(
      fc.property(value, fc.constantFrom(...NAMES), (text, name) => !isStrong(name, text)),
      { numRuns: 2000 },
    )
  })
})

describe('a value that cannot be guessed is strong', () => {
  it.each(Object.entries(RANDOM_VALUES))('%s', (kind, values) => {
    const sample = fc.sample(values, { numRuns: 3000, seed: 8 })
    // Pronounceable text looks like words by chance. Everything else is strong in 99.9 % of cases.
    const misses = sample.length * (kind === 'pronounceable' ? 0.01 : 0.001)
    for (const name of ['data', 'password']) expect(sample.filter((value) => !isStrong(name, value)).length).toBeLessThanOrEqual(misses)
  })

  it.each([
    'correct-horse-battery-staple',
    'abcd-efgh-ijkl-mnop',
    'qwke rtzp mnvb xlcd',
    'legal winner thank year wave sausage worth useful legal winner thank yellow',
  ])('%s only under the name of a credential', (value) =>
    expect(['password', 'mnemonic', 'note', ''].map((name) => isStrong(name, value))).toEqual([true, true, false, false]),
  )

  it('eight mixed characters, only under the name of a credential', () => {
    const value = fc.sample(
      fc.string({ unit: fc.constantFrom(...Array.from('bcdfghjkmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ23456789')), minLength: 8, maxLength: 8 }),
      {
        numRuns: 500,
        seed: 3,
      },
    )
    const dense = value.filter((each) => /[a-z]/.test(each) && /[A-Z]/.test(each) && /[0-9]/.test(each))
    expect(dense.filter((each) => isStrong('note', each))).toEqual([])
    expect(dense.filter((each) => isStrong('password', each)).length).toBeGreaterThan(dense.length * 0.95)
  })

  it.each(['abcdefghijklmnopqrstuvwxyz0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'])('punctuation with $ and % between %s', (letters) => {
    const unit = fc.constantFrom(...Array.from(`${letters}!@#$%^&*()-_=+[]{};:,.<>?/|~$%`))
    const sample = fc.sample(fc.noBias(fc.string({ unit, minLength: 14, maxLength: 24 })), { numRuns: 10_000, seed: 6 })
    expect(sample.filter(isCode).length).toBeLessThanOrEqual(sample.length * 0.001)
  })

  it('a variable without a word', () => expect(['$remote', '$xy'].map((variable) => isCode(`${variable}#!*&@?^`))).toEqual([true, false]))

  it('one random word in a sentence', () => expect(isStrong('note', 'the token is kT5vXq82mLw0 and stays so')).toBe(true))
})

it('recognizes the names of credentials', () => {
  const names =
    'password DB_PASSWORD apiKey client-secret token private_key mnemonic accessToken AWS_SECRET_ACCESS_KEY .dockerconfigjson dbpassword session sessionToken NEXTAUTH_SECRET auth authString privateKey'.split(
      ' ',
    )
  const others =
    `username host database keyboard monkey compass secretName tokenReviewUrl passengers primaryKey replicas sessionAffinity existingSecret
    privateConnection credentialBundlePath jwtHeaders networkPassThroughLbTrafficPolicy imagePullSecret passwordSecret tokenLifetimeSeconds
    ssh_host_rsa_key.pub cert-manager.io/private-key-secret-name adminPasswordKey TOKEN_AUDIENCE SECRET_STORE COOKIE_DOMAIN`.split(/\s+/)
  expect(names.filter((name) => !isCredentialName(name))).toEqual([])
  expect(others.filter((name) => isCredentialName(name))).toEqual([])
})

const judge = (values: readonly string[]): void => {
  for (const value of values) isStrong('data', value)
}

describe('the time to judge a value', () => {
  it('is that of a few hundred hashes for most values', async () => {
    const values = [...Object.values(ORDINARY_VALUES).flat(), ...Object.values(RANDOM_VALUES).flatMap((each) => fc.sample(each, 50))]
    const hashes = (): void => {
      for (const value of values) hash('sha256', value)
    }
    expect(await costRatio(() => judge(values), hashes)).toBeLessThan(300)
  })

  it.each(['a', 'aB3', '.', '-a', '@4', 'A', '1', 'é', 'kT5v', ' x', '{"', '::', 'eyJ'])('is at most linear for a long text of %s', async (unit) => {
    const [long, longer] = [50_000, 400_000].map((times) => unit.repeat(times))
    expect(
      await costRatio(
        () => judge([longer as string]),
        () => judge([long as string]),
      ),
    ).toBeLessThan(3 * 8)
  })
})
