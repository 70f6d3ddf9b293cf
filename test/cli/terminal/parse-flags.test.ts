import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CERTIFY_FLAGS } from '../../../cli/certify/flags.ts'
import { CREATE_FLAGS } from '../../../cli/create-accessrequest/flags.ts'
import { CommandError } from '../../../cli/terminal/exit-code.ts'
import { parseFlags, switchedOn, type FlagTable, type GivenFlag } from '../../../cli/terminal/parse-flags.ts'

type Line = { readonly given: readonly GivenFlag[]; readonly words: readonly string[]; readonly dash?: number }
type Outcome = Line | { readonly error: string }

/**
 * pflag's rules, one character at a time: https://pkg.go.dev/github.com/spf13/pflag. Differs from pflag on purpose in three rare cases:
 * errors name an unknown shorthand as `-x`, `-n=` is an empty value, and values of switches are checked where they are read.
 */
function model(table: FlagTable, args: readonly string[]): Outcome {
  const given: GivenFlag[] = []
  const words: string[] = []
  const queue = [...args]
  const whenAlone = (name: string): string | undefined => ({ switch: 'true', optional: '', value: undefined })[table[name]?.kind ?? 'value']
  const long = (word: string): string | undefined => {
    const equals = word.indexOf('=', 3)
    const shown = equals < 0 ? word : word.slice(0, equals)
    const name = shown.slice(2)
    if (!Object.keys(table).includes(name)) return `unknown flag: ${shown}`
    const value = equals < 0 ? (whenAlone(name) ?? queue.shift()) : word.slice(equals + 1)
    if (value === undefined) return `flag needs an argument: ${shown}`
    given.push({ name, value })
    return undefined
  }
  const shorts = (letters: string): string | undefined => {
    const letter = letters.charAt(0)
    const rest = letters.slice(1)
    const [name] = Object.entries(table).find(([, { short }]) => short === letter) ?? []
    if (name === undefined) return `unknown flag: -${letter}`
    const alone = whenAlone(name)
    const inline = rest.startsWith('=') ? rest.slice(1) : alone === undefined && rest !== '' ? rest : undefined
    const value = inline ?? alone ?? queue.shift()
    if (value === undefined) return `flag needs an argument: -${letter}`
    given.push({ name, value })
    return inline === undefined && rest !== '' ? shorts(rest) : undefined
  }
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') return { given, words: [...words, ...queue], dash: words.length }
    const error = word.startsWith('--') ? long(word) : word.startsWith('-') && word !== '-' ? shorts(word.slice(1)) : void words.push(word)
    if (error !== undefined) return { error }
  }
  return { given, words }
}

function outcome(table: FlagTable, args: readonly string[]): Outcome {
  try {
    return parseFlags(table, args)
  } catch (error) {
    if (error instanceof CommandError) return { error: error.message }
    throw error
  }
}

const TABLES = { certify: CERTIFY_FLAGS, 'create accessrequest': CREATE_FLAGS }

/** Command lines that mostly parse, of the flags of a table. */
function lineOf(table: FlagTable): fc.Arbitrary<string[]> {
  const names = Object.keys(table)
  const letters = Object.values(table).flatMap(({ short }) => short ?? [])
  const value = fc.oneof(
    fc.constantFrom('', '-', '--', '=', '=a', 'true', 'false', 'a=b', '-w', '--wait', 'a,b', 'shop', '-s'),
    fc.string({ maxLength: 4 }),
  )
  const name = fc.constantFrom(...names)
  const group = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 4 }).map((some) => `-${some.join('')}`)
  const word = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.oneof(
        name.map((some) => `--${some}`),
        fc.tuple(name, value).map(([some, given]) => `--${some}=${given}`),
      ),
    },
    {
      weight: 4,
      arbitrary: fc.oneof(
        group,
        fc.tuple(group, value).map(([some, given]) => `${some}=${given}`),
        fc.tuple(group, value).map(([some, given]) => some + given),
      ),
    },
    { weight: 2, arbitrary: value },
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.constantFrom('--', '---', '--=', '--=x', '-=', '-ww', '--n', '--__proto__', '--constructor=x', '--no-wait'),
        fc.string({ maxLength: 6 }).map((some) => `-${some}`),
      ),
    },
  )
  return fc.array(word, { maxLength: 8 })
}

describe.each(Object.entries(TABLES))('the command line of %s', (_, table) => {
  it('means what it means to pflag', () => {
    fc.assert(
      fc.property(lineOf(table), (args) => {
        expect(outcome(table, args)).toEqual(model(table, args))
      }),
      { numRuns: 500 },
    )
  })
  it('is read to its end in most of these lines', () => {
    const lines = fc.sample(lineOf(table), 1000)
    expect(lines.filter((args) => !('error' in model(table, args))).length).toBeGreaterThan(300)
  })
})

it.each<[string, Outcome]>([
  [
    '-n x a -nshop b -n=y',
    {
      given: [
        { name: 'namespace', value: 'x' },
        { name: 'namespace', value: 'shop' },
        { name: 'namespace', value: 'y' },
      ],
      words: ['a', 'b'],
    },
  ],
  [
    '-wyn shop a',
    {
      given: [
        { name: 'watch', value: 'true' },
        { name: 'yes', value: 'true' },
        { name: 'namespace', value: 'shop' },
      ],
      words: ['a'],
    },
  ],
  [
    '-wy=false a',
    {
      given: [
        { name: 'watch', value: 'true' },
        { name: 'yes', value: 'false' },
      ],
      words: ['a'],
    },
  ],
  ['-w=s a', { given: [{ name: 'watch', value: 's' }], words: ['a'] }],
  [
    '--watch=false --reason -w',
    {
      given: [
        { name: 'watch', value: 'false' },
        { name: 'reason', value: '-w' },
      ],
      words: [],
    },
  ],
  ['--watch false', { given: [{ name: 'watch', value: 'true' }], words: ['false'] }],
  ['-n -- - -- -w', { given: [{ name: 'namespace', value: '--' }], words: ['-', '-w'], dash: 1 }],
  ['a --name', { error: 'flag needs an argument: --name' }],
  ['a -wn', { error: 'flag needs an argument: -n' }],
  ['-wx', { error: 'unknown flag: -x' }],
  ['-w- a', { error: 'unknown flag: --' }],
  ['--watches=x', { error: 'unknown flag: --watches' }],
])('kubectl certify %s', (line, expected) => expect(outcome(CERTIFY_FLAGS, line.split(' '))).toEqual(expected))

it('suggests the flag with nearly the same letters before one that starts alike', () => {
  expect(() => parseFlags(CREATE_FLAGS, ['--namspace=shop'])).toThrow(expect.objectContaining({ next: 'did you mean --namespace?' }))
  expect(() => parseFlags(CERTIFY_FLAGS, ['--watches'])).toThrow(expect.objectContaining({ next: 'did you mean --watch?' }))
  for (const flag of ['--x', '-=', '-w-']) expect(() => parseFlags(CERTIFY_FLAGS, [flag])).toThrow(expect.objectContaining({ next: 'see --help' }))
})

const on = (...args: readonly string[]): boolean => switchedOn(parseFlags(CREATE_FLAGS, args), 'wait')
it('a switch is true or false, and the last one counts', () => {
  expect([on(), on('--wait'), on('--wait=false'), on('--wait', '--wait=false'), on('--wait=no', '--wait')]).toEqual([false, true, false, false, true])
  expect(() => on('--wait=no')).toThrow('--wait=no: must be true or false')
})
