import { usage } from './exit-code.ts'

/** `value`: requires a value. `switch`: `--wait` or `--wait=false`. `optional`: `--x` or `--x=VALUE`, never the next word, as pflag's NoOptDefVal. */
export type FlagKind = 'value' | 'switch' | 'optional'
export type FlagTable = { readonly [long: string]: { readonly kind: FlagKind; readonly short?: string } }

/** One flag as given. Order is kept, because it matters for `--verb` and `--resource`. */
export type GivenFlag = { readonly name: string; readonly value: string }
export type ParsedFlags = { readonly given: readonly GivenFlag[]; readonly words: readonly string[] }

type Reader = { readonly words: readonly string[]; at: number }

function longOf(table: FlagTable, short: string): string | undefined {
  return Object.keys(table).find((long) => table[long]?.short === short)
}

function valueOf(
  flag: { readonly name: string; readonly kind: FlagKind; readonly shown: string },
  inline: string | undefined,
  reader: Reader,
): string {
  if (inline !== undefined) return inline
  if (flag.kind === 'switch') return 'true'
  if (flag.kind === 'optional') return ''
  const next = reader.words[reader.at + 1]
  if (next === undefined) throw usage(`flag needs an argument: ${flag.shown}`)
  reader.at += 1
  return next
}

function unknown(table: FlagTable, shown: string): Error {
  const near = Object.keys(table).find((long) => long.startsWith(shown.replace(/^-+/, '').slice(0, 3)))
  return usage(`unknown flag: ${shown}`, near === undefined ? 'see --help' : `did you mean --${near}?`)
}

type Written = { readonly shown: string; readonly name: string | undefined; readonly inline: string | undefined }

function longFlag(word: string): Written {
  const equals = word.indexOf('=')
  const shown = equals < 0 ? word : word.slice(0, equals)
  return { shown, name: shown.slice(2), inline: equals < 0 ? undefined : word.slice(equals + 1) }
}

/** `-nshop` and `-n=shop` both mean `-n shop`. */
function shortFlag(table: FlagTable, word: string): Written {
  return { shown: word.slice(0, 2), name: longOf(table, word.slice(1, 2)), inline: word.length > 2 ? word.slice(2).replace(/^=/, '') : undefined }
}

function readFlag(table: FlagTable, word: string, reader: Reader): GivenFlag {
  const { shown, name, inline } = word.startsWith('--') ? longFlag(word) : shortFlag(table, word)
  const kind = name === undefined || !Object.hasOwn(table, name) ? undefined : table[name]?.kind
  if (name === undefined || kind === undefined) throw unknown(table, shown)
  return { name, value: valueOf({ name, kind, shown }, inline, reader) }
}

/** Parses a command line as pflag does: flags and words in any order; `--` ends the flags. @throws CommandError */
export function parseFlags(table: FlagTable, args: readonly string[]): ParsedFlags {
  const given: GivenFlag[] = []
  const words: string[] = []
  const reader: Reader = { words: args, at: 0 }
  for (; reader.at < args.length; reader.at += 1) {
    const word = args[reader.at] ?? ''
    if (word === '--') return { given, words: [...words, ...args.slice(reader.at + 1)] }
    if (word.startsWith('-') && word !== '-') given.push(readFlag(table, word, reader))
    else words.push(word)
  }
  return { given, words }
}

/** All values of a flag that may be repeated or hold a comma-separated list. */
export const allOf = ({ given }: ParsedFlags, name: string): readonly string[] =>
  given.filter((flag) => flag.name === name).flatMap(({ value }) => value.split(',').filter((word) => word !== ''))

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
