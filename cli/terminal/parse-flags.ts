import { parseArgs, type ParseArgsConfig } from 'node:util'
import { usage } from './exit-code.ts'
import { nearest } from '../completion/nearest.ts'

/** `value`: requires a value. `switch`: `--wait` or `--wait=false`. `optional`: `--x` or `--x=VALUE`, never the next word, as pflag's NoOptDefVal. */
export type FlagKind = 'value' | 'switch' | 'optional'
export type FlagTable = { readonly [long: string]: { readonly kind: FlagKind; readonly short?: string } }

/** One flag as given. Order is kept, because it matters for `--verb` and `--resource`. */
export type GivenFlag = { readonly name: string; readonly value: string }
export type ParsedFlags = {
  readonly given: readonly GivenFlag[]
  readonly words: readonly string[]
  /** Number of words before a `--`. Absent when there is none. */
  readonly dash?: number
}

type Token = ReturnType<typeof tokensOf>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

/** The second dash of `-y-`, as the unknown flag that it is. parseArgs takes the word for `-y --`. */
const dashIn = (index: number) => ({ kind: 'option', index, name: '', rawName: '--', value: undefined, inlineValue: undefined }) as const

/** Tokens, not values: pflag's errors, the order of all flags and values of `optional` flags are not in parseArgs' values. */
function tokensOf(table: FlagTable, args: readonly string[]) {
  const options: ParseArgsConfig['options'] = {}
  for (const [name, { kind, short }] of Object.entries(table))
    options[name] = { type: kind === 'value' ? 'string' : 'boolean', ...(short === undefined ? {} : { short }) }
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  return tokens.map((token) => (token.kind === 'option-terminator' && args[token.index] !== '--' ? dashIn(token.index) : token))
}

function unknown(table: FlagTable, rawName: string): Error {
  const near = rawName.startsWith('--') ? nearest(rawName.slice(2), Object.keys(table)) : undefined
  return usage(`unknown flag: ${rawName}`, near === undefined ? 'see --help' : `did you mean --${near}?`)
}

/** `-nshop` and `-n=shop` both mean `-n shop`. */
function readFlag(table: FlagTable, { name, rawName, value, inlineValue }: OptionToken): GivenFlag {
  const flag = Object.hasOwn(table, name) ? table[name] : undefined
  if (flag === undefined) throw unknown(table, rawName)
  if (value !== undefined) return { name, value: inlineValue && !rawName.startsWith('--') ? value.replace(/^=/, '') : value }
  if (flag.kind === 'value') throw usage(`flag needs an argument: ${rawName}`)
  return { name, value: flag.kind === 'switch' ? 'true' : '' }
}

/** Where parseArgs reads the value of a switch as more switches: `-w=false` becomes `-w`, `-=`, `-f` and so on. */
const isEquals = (token: Token, at: number, tokens: readonly Token[]): token is OptionToken =>
  token.kind === 'option' && token.rawName === '-=' && tokens[at - 1]?.index === token.index

const parsed = (given: readonly GivenFlag[], words: readonly string[], dash: number | undefined): ParsedFlags => ({
  given,
  words,
  ...(dash === undefined ? {} : { dash }),
})

/**
 * Parses a command line as pflag does: flags and words in any order; `-wy` is `-w -y`; `--` ends the flags. Does not check the value of
 * a switch, see `switchedOn`. @throws CommandError for an unknown flag, and for a flag without its value
 */
export function parseFlags(table: FlagTable, args: readonly string[]): ParsedFlags {
  const given: GivenFlag[] = []
  const words: string[] = []
  let dash: number | undefined
  for (let rest = args; ;) {
    const tokens = tokensOf(table, rest)
    const equals = tokens.find(isEquals)
    const before = equals === undefined ? tokens : tokens.slice(0, tokens.indexOf(equals))
    for (const token of before) {
      if (token.kind === 'positional') words.push(token.value)
      if (token.kind === 'option') given.push(readFlag(table, token))
      if (token.kind === 'option-terminator') dash = words.length
    }
    const last = given.at(-1)
    if (equals === undefined || last === undefined) return parsed(given, words, dash)
    // What follows is read again: the wrong switches may have taken the next word as a value.
    const word = rest[equals.index] ?? ''
    given[given.length - 1] = { name: last.name, value: word.slice(word.indexOf('=') + 1) }
    rest = rest.slice(equals.index + 1)
  }
}

/**
 * The words of a flag that holds a comma-separated list. A list without words is an error: without the flag everything is meant, so `--name="$POD"`
 * with an empty variable must not mean everything. @throws CommandError for a list without words
 */
export function wordsOf({ name, value }: GivenFlag): readonly string[] {
  const words = value.split(',').filter((word) => word !== '')
  if (words.length === 0) throw usage(`flag needs a value: --${name}`, `give it a value, or leave out --${name}`)
  return words
}

/** All words of a flag that may be repeated or hold a comma-separated list. @throws CommandError for a list without words */
export const allOf = ({ given }: ParsedFlags, name: string): readonly string[] =>
  given.filter((flag) => flag.name === name).flatMap((flag) => wordsOf(flag))

/** The last value of a flag, not split at commas. */
export const lastOf = ({ given }: ParsedFlags, name: string): string | undefined => given.findLast((flag) => flag.name === name)?.value

/** @throws CommandError for a value other than true or false */
export function switchedOn(flags: ParsedFlags, name: string): boolean {
  const value = lastOf(flags, name)
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw usage(`--${name}=${value}: must be true or false`)
}

/** @throws CommandError unless the value is a positive integer of at most nine digits */
export function countOf(flags: ParsedFlags, name: string): number | undefined {
  const value = lastOf(flags, name)
  if (value === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(value)) throw usage(`--${name}=${value}: must be a positive integer`)
  return Number(value)
}
