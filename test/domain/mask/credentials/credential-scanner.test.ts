import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CredentialScanner } from '../../../../domain/mask/credentials/credential-scanner.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'
import { cuts } from '../mask-fixtures.ts'

const RUNS = Number(process.env['JIT_FUZZ_RUNS'] ?? 10_000)

const weakValues = (values: readonly string[]) => ({
  has: (text: string) => values.includes(text),
  longest: Math.max(0, ...values.map(({ length }) => length)),
})
const weak = weakValues(
  ['postgres', 'admin', 'hello world', '1234', 'secret', 'p@ss/word', 'a', 'ça va'.normalize()].map((text) => Buffer.from(text).toString('latin1')),
)

/** The text with each found value replaced by `#`, read in pieces of the given sizes. */
function hidden(text: string, sizes: readonly number[] = [], values = weak): string {
  const scanner = new CredentialScanner(values)
  const bytes = Buffer.from(text)
  let mostLive = 0
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const to = Math.min(bytes.length, sizes.length === 0 ? bytes.length : at + Math.max(1, sizes[turn % sizes.length] as number))
    scanner.read(bytes, at, to)
    at = to
    mostLive = Math.max(mostLive, scanner.live)
  }
  expect(mostLive).toBeLessThanOrEqual(3 * values.longest)
  scanner.finish()
  const out: string[] = []
  let at = 0
  for (let each = 0; each < scanner.spans.length; each += 2) {
    out.push(bytes.toString('utf8', at, scanner.spans[each]), '#')
    at = scanner.spans[each + 1] as number
  }
  return out.join('') + bytes.toString('utf8', at)
}

describe('the scanner finds a weak value next to the name of a credential', () => {
  it.each([
    ['PASSWORD=postgres', 'PASSWORD=#'],
    ['export DB_PASSWORD="postgres"\n', 'export DB_PASSWORD="#"\n'],
    ["password: 'postgres'", "password: '#'"],
    ['password: hello world\nx', 'password: #\nx'],
    ['  password: postgres # the default', '  password: # # the default'],
    ['{"password":"postgres","user":"postgres"}', '{"password":"#","user":"postgres"}'],
    ['{\\"password\\": \\"postgres\\"}', '{\\"password\\": \\"#\\"}'],
    ['{\\\\\\"password\\\\\\":\\\\\\"postgres\\\\\\"}', '{\\\\\\"password\\\\\\":\\\\\\"#\\\\\\"}'],
    ['psql --password postgres -h db', 'psql --password # -h db'],
    ['psql --password=postgres', 'psql --password=#'],
    ['["--password","postgres"]', '["--password","#"]'],
    ['Server=db;Password=postgres;Port=1', 'Server=db;Password=#;Port=1'],
    ['GET /?password=postgres&x=1', 'GET /?password=#&x=1'],
    ['?apiKey=p%40ss%2Fword&x', '?apiKey=#&x'],
    ['dial postgres://user:postgres@host:5432/db', 'dial postgres://user:#@host:5432/db'],
    ['redis://:p%40ss%2fword@h', 'redis://:#@h'],
    ['secret://u:admin@h', 'secret://u:#@h'],
    ['https://h?token=admin', 'https://h?token=#'],
    ['http://h:80/?password=admin', 'http://h:80/?password=#'],
    ['PASSWORD=secret', 'PASSWORD=#'],
    ['secret=secret=secret', 'secret=secret=#'],
    ['spec.db.password=1234', 'spec.db.password=#'],
    ['requirepass=postgres', 'requirepass=#'],
    ['password => "postgres"', 'password => "#"'],
    ['pin: 1234, otp: a', 'pin: #, otp: #'],
    ['token: ça va', 'token: #'],
    // A flag that is longer than the names that are kept.
    [`--${'x'.repeat(200)}-password postgres`, `--${'x'.repeat(200)}-password #`],
  ])('%s', (text, wanted) => {
    for (const sizes of [[], [1], [2], [3], [7]]) expect(hidden(text, sizes)).toBe(wanted)
  })
})

describe('the scanner finds no value', () => {
  it.each([
    'user=postgres host=postgres-0 postgres',
    'PASSWORD=postgres2 PASSWORD=xpostgres',
    'passwordPolicy=postgres secretName: postgres',
    'http://postgres:1234/x ws://h:1234 http://a:1234',
    'password is postgres',
    'the password\npostgres',
    'password:\n  postgres',
    '/var/run/secrets/postgres',
    'password: "postgres is it"',
    'image: keycloak:postgres',
    'key="postgres" PARTITION.KEY=postgres',
    'existingSecret: postgres',
  ])('%s', (text) => {
    for (const sizes of [[], [1], [5]]) expect(hidden(text, sizes)).toBe(text)
  })
  it('finds nothing when there are no weak values', () => expect(hidden('PASSWORD=postgres', [], weakValues([]))).toBe('PASSWORD=postgres'))
})

const piece = fc.constantFrom(
  'password',
  'PASS',
  'pa',
  'ss',
  'key',
  'api',
  '_',
  '-',
  '--',
  '.',
  '=',
  ':',
  '://',
  ':/',
  '/',
  '@',
  '"',
  "'",
  '\\',
  '\\"',
  ' ',
  '\t',
  '\n',
  ',',
  ';',
  '&',
  '%40',
  '?',
  'postgres',
  'post',
  'admin',
  'hello',
  ' world',
  '1234',
  'a',
  'secret',
  'token',
  'x',
  'ü',
  'longer-than-any-name-'.repeat(8),
)

it('finds the same values however the text is cut', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), cuts, (pieces, sizes) => {
      const text = pieces.join('')
      expect(hidden(text, sizes)).toBe(hidden(text))
      expect(hidden(text, [1])).toBe(hidden(text))
    }),
    { numRuns: RUNS },
  )
})

it('finds the values before and after any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 300 }), (text) => {
      const clean = text.replaceAll(/["'`\\]/g, '')
      expect(hidden(`PASSWORD=postgres\n${clean}\nPASSWORD=postgres\n`).startsWith('PASSWORD=#\n')).toBe(true)
      expect(hidden(`PASSWORD=postgres\n${clean}\nPASSWORD=postgres\n`).endsWith('\nPASSWORD=#\n')).toBe(true)
    }),
    { numRuns: RUNS },
  )
})

it('takes linear time for hostile text', async () => {
  const texts = ['password=', 'password="', 'pass', 'x://', 'x://a:', '--password ', 'password= a', '\\"', 'password="a', 'kkeeyy=', '://:'.repeat(2)]
  for (const text of texts) {
    const scan = (length: number): void => {
      const bytes = Buffer.from(text.repeat(Math.ceil(length / text.length)))
      new CredentialScanner(weakValues(['x'.repeat(256)])).read(bytes, 0, bytes.length)
    }
    expect(await costExponent(scan, [1 << 16, 1 << 19], 3), text).toBeLessThan(LINEAR)
  }
})
