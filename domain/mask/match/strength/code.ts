/**
 * Pieces of programs and settings: regular expressions (`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`), formats (`%Y-%m-%d`, `HH:mm:ss.SSS`) and variables
 * (`$remote_addr`). Their punctuation looks random. They are not secret if known words explain everything else in them.
 */
import { isCredentialName } from '../credential-names.ts'
import { isKnownWord } from './vocabulary.ts'
import { isExplained } from './word-explanation.ts'

const CONSTRUCTS = new RegExp(
  [
    String.raw`\(\?(?:[:=!>]|<[=!]|P?<[A-Za-z_]{1,40}>)`,
    // A set of characters: ranges, escapes and punctuation.
    String.raw`\[\^?(?:[a-zA-Z0-9]-[a-zA-Z0-9]|\\[a-zA-Z.\\/\[\]-]|[^\]A-Za-z0-9\\]){1,40}\]`,
    String.raw`\\[dDwWsSbBAzZntrf./()\[\]{}+*?^$|-]`,
    String.raw`\{\d{1,4}(?:,\d{0,4})?\}`,
    String.raw`\.[*+]`,
    String.raw`^\^(?=[/(\\[\w])`,
    String.raw`(?<=[)\w])\$$`,
    String.raw`%[-0^#.\d]{0,4}[A-Za-z](?![a-z])`,
    String.raw`%-?\d{1,3}(?=[a-z])`,
  ].join('|'),
  'g',
)
/** One construct may stand in a random text by chance. */
const MIN_CONSTRUCTS = 2
const VARIABLE = /(?<![A-Za-z0-9])[$%](?=[A-Za-z_]{2})/
const DATE_FORMAT = /^(?:%?d?\{)?[yYMDdHhmsSaEzZXT':./, _-]{4,40}\}?$/
const DATE_FIELDS = /y{4}|MM|dd|HH|mm|ss/g
const FIELDS_AND_UNITS = /\b(?:yyyy|MM|dd|HH|hh|mm|ss|SSS|XXX)\b/g
const RUNS = /[A-Za-z0-9]+/g
const NAMES = /\w+/g
const MAX_TEXT = 256
/** Longer texts are not explained completely. */
const MAX_REST = 64
/** Letters and digits that are no words: a random text has many between its punctuation. So many are allowed, or this share of what is explained. */
const MAX_FRAGMENTS = 2
const CONSTRUCTS_SHARE = 1 / 2
const WORDS_SHARE = 2 / 3
/** Shorter texts look like words by chance. */
const MIN_UNKNOWN = 6

export function isCode(text: string): boolean {
  if (text.length > MAX_TEXT) return false
  return isDateFormat(text) || isExpression(text)
}

const isDateFormat = (text: string): boolean => DATE_FORMAT.test(text) && allOf(text, DATE_FIELDS).length >= 2

/** Not a text in which a credential is named: what follows may be a password of known words. */
function isExpression(text: string): boolean {
  const constructs = allOf(text, CONSTRUCTS)
  const isVariable = constructs.length < MIN_CONSTRUCTS
  if (isVariable && !VARIABLE.test(text)) return false
  const rest = text.replace(CONSTRUCTS, ' ').replace(FIELDS_AND_UNITS, ' ')
  const words = allOf(rest, RUNS).filter(isWord)
  if (isVariable && words.length === 0) return false
  return hasFewFragments(rest, words, constructs) && !allOf(rest, NAMES).some(isCredentialName) && areExplained(words.join(' '))
}

function hasFewFragments(rest: string, words: readonly string[], constructs: readonly string[]): boolean {
  const [all, inWords, inConstructs] = [allOf(rest, RUNS), words, constructs].map((texts) => texts.join('').length) as [number, number, number]
  return all - inWords <= Math.max(MAX_FRAGMENTS, inConstructs * CONSTRUCTS_SHARE, inWords * WORDS_SHARE)
}

const areExplained = (words: string): boolean => words.length <= MAX_REST && isExplained(words)
const isWord = (run: string): boolean => run.length > 2 && (isKnownWord(run.toLowerCase()) || (run.length >= MIN_UNKNOWN && isExplained(run)))

const allOf = (text: string, of: RegExp): readonly string[] => text.match(of) ?? []
