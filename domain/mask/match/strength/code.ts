/**
 * Pieces of programs and settings: regular expressions (`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`), formats (`%Y-%m-%d`, `HH:mm:ss.SSS`) and variables
 * (`$remote_addr`). Their punctuation looks random. They are not secret if known words explain everything else in them.
 */
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
const VARIABLE = /(?<![A-Za-z0-9])[$%](?=[A-Za-z_]{2})/g
const DATE_FORMAT = /^(?:%?d?\{)?[yYMDdHhmsSaEzZXT':./, _-]{4,40}\}?$/
const DATE_FIELDS = /y{4}|MM|dd|HH|mm|ss/g
const MAX_TEXT = 256

export function isCode(text: string): boolean {
  if (text.length > MAX_TEXT) return false
  if (DATE_FORMAT.test(text) && countOf(text, DATE_FIELDS) >= 2) return true
  if (countOf(text, CONSTRUCTS) < MIN_CONSTRUCTS && countOf(text, VARIABLE) === 0) return false
  const rest = text
    .replace(CONSTRUCTS, ' ')
    .replace(/[^A-Za-z0-9_]+/g, ' ')
    .replace(/\b(?:[A-Za-z]|yyyy|MM|dd|HH|hh|mm|ss|SSS|XXX)\b/g, '')
    .trim()
  return rest.length <= MAX_REST && isExplained(rest)
}

/** Longer texts are not explained completely. */
const MAX_REST = 64

const countOf = (text: string, of: RegExp): number => text.match(of)?.length ?? 0
