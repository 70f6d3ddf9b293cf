/**
 * Decides which texts cannot be guessed. A text is **strong** if finding it takes more than 10^10 guesses (10^8 under the name of a
 * credential) beyond what a word, name, date, number, address, common password or keyboard pattern explains. Texts of less than 10
 * characters (8 under the name of a credential) are never strong. A text with blanks is judged word by word. A passphrase of four or more
 * plain words is strong only under the name of a credential: elsewhere it looks like the name of something.
 *
 * Everything else is **weak**. Hiding it everywhere would hide names, words and numbers that have nothing to do with the Secret, and their
 * absence would reveal what they were.
 *
 * The estimator is zxcvbn with its dictionaries. Cheap rules decide the clear cases first, which are nearly all (strength/word-explanation.ts).
 */
import { isCredentialName } from './credential-names.ts'
import { isCode } from './strength/code.ts'
import { isPublicDer } from './strength/der.ts'
import { isPublicForm, isRandomForm, nameBeforeSuffix, withoutTemplates } from './strength/public-forms.ts'
import { guess, MAX_JUDGED } from './strength/guesses.ts'
import { isPassphrase } from './strength/passphrase.ts'
import { isKnownWord, isUsualPassword } from './strength/vocabulary.ts'
import { explain, isExplained, type WordExplanation } from './strength/word-explanation.ts'

type Rule = {
  /** Texts with fewer characters are never strong. */
  readonly length: number
  /** Texts of digits only with fewer digits are a number, a time or an account. */
  readonly digits: number
  /** log10 of the number of guesses from which a text is strong. */
  readonly guesses: number
  /** The same for a text in which digits may stand for letters: zxcvbn reads words into random ones by chance. */
  readonly mangled: number
  /** The same for the cheap estimate: below this a text is weak, from CLEARLY_RANDOM on it is strong. zxcvbn decides in between. */
  readonly clearlyWeak: number
}

/** The numbers of the rule at the top of this file. */
const ORDINARY: Rule = { length: 10, digits: 20, guesses: 10, mangled: 9, clearlyWeak: 8 }
const CREDENTIAL: Rule = { length: 8, digits: 16, guesses: 8, mangled: 8.5, clearlyWeak: 7 }
const CLEARLY_RANDOM = 13
/** The same for a text that does not consist of words. */
const CLEARLY_RANDOM_UNNAMED = 10.5
/** zxcvbn counts 10 random characters as 10^10 guesses, with a floating point error. */
const ROUNDING = 0.01
/** Longer texts are not checked for words in which digits stand for letters. */
const MAX_MANGLED = 20
/** If reading digits as letters is right, it explains at least this much more (log10). */
const MIN_SAVED = 4
/** For bytes that are not text: a key, a keystore. */
const MIN_BINARY = 16
const MIN_DISTINCT = 5
/** Minimum average length of list items. Text that separators cut into single letters is not a list. */
const MIN_ITEM_LENGTH = 3
/** Shorter texts are judged as a whole. */
const MIN_LIST = 20
/** Longer texts are judged by their beginning. */
const MAX_TEXT = 2048
const MAX_WORD = 256
/** Maximum number of zxcvbn calls for a text of many words. */
const MAX_ESTIMATES = 8

/**
 * Whether a text cannot be guessed. The text is bytes as latin1. The name is the key of the Secret, the field of a JSON value or the
 * variable of an .env file; '' if there is none.
 */
export function isStrong(name: string, text: string): boolean {
  return createJudge(MAX_ESTIMATES)(name, text)
}

export type Judge = (name: string, text: string) => boolean

/** isStrong for many texts of one author. zxcvbn is called at most `estimates` times; after that, unclear texts count as `unclear`. */
export function createJudge(estimates: number, unclear: 'strong' | 'weak' = 'strong'): Judge {
  const budget = { left: estimates, unclear: unclear === 'strong' }
  return (name, text) => judge(name, text, budget)
}

type Budget = { left: number; readonly unclear: boolean }

function judge(name: string, text: string, budget: Budget): boolean {
  if (text.length < CREDENTIAL.length || isPublicDer(text.replace(NAME, ''))) return false
  const head = text.slice(0, MAX_TEXT)
  if (new Set(head).size < MIN_DISTINCT) return false
  const readable = readableText(head)
  if (readable === undefined) return text.length >= MIN_BINARY
  const plain = withoutTemplates(readable).trim()
  return !isCode(plain) && hasStrongWord(name, plain, budget)
}

function hasStrongWord(name: string, text: string, budget: Budget): boolean {
  const words = text.split(/\s+/).map((word) => QUOTED.exec(word)?.[2] ?? word)
  if (!isCredentialName(name)) return words.some((word) => isStrongWord(word, ORDINARY, budget))
  if (isPassphrase(text) || words.some((word) => isStrongWord(word, CREDENTIAL, budget))) return true
  return words.length > 1 && !words.some((word) => ENGLISH.test(word)) && isStrongWord(words.join(''), CREDENTIAL, budget)
}

/** A quoted word, maybe with the punctuation of a sentence or of a list. */
const QUOTED = /^[([{]{0,2}(["'`])([^"'`]{1,254})\1[\])}]{0,2}[,;.:]?$/
/** `p=` in a record of DNS. */
const NAME = /^[\w.-]{1,64}=(?=.)/
/** A word of a sentence. A random password with blanks contains none. */
const ENGLISH = /^[A-Za-z]{3,}[.,]?$/

function isStrongWord(whole: string, rule: Rule, budget: Budget): boolean {
  const word = whole.slice(0, MAX_WORD).replace(/^["'`([{<]+|["'`)\]}>,;.:]+$/g, '')
  if (isRandomForm(word)) return true
  if (isShort(whole, rule) || isPublicWord(whole, word)) return false
  if (/^[0-9]+$/.test(word)) return word.length >= rule.digits
  const hardest = hardestOf(whole.slice(0, MAX_WORD))
  if (hardest.cost < rule.clearlyWeak || isList(whole)) return false
  return isRandom(hardest, rule, budget)
}

/** `word` is the whole without the punctuation around it. */
function isPublicWord(whole: string, word: string): boolean {
  if (isPublicForm(word) || isPublicDer(whole.replace(NAME, '')) || new Set(word).size < MIN_DISTINCT) return true
  return isUsual(whole) || isUsual(word) || isNameOfThing(word) || isCode(whole)
}

function isRandom({ text, cost, named }: Window, rule: Rule, budget: Budget): boolean {
  const mangled = isMangled(text, cost)
  if (cost >= (named ? CLEARLY_RANDOM : CLEARLY_RANDOM_UNNAMED) && !mangled) return true
  if (budget.left-- <= 0) return budget.unclear
  const { whole, rest } = guess(text)
  return (named ? rest : whole) > (mangled ? rule.mangled : rule.guesses) - ROUNDING
}

type Window = WordExplanation & { readonly text: string }

/** The window of a text that words explain least. */
function hardestOf(text: string): Window {
  let hardest = { text: '', cost: 0, named: true }
  for (const step of stepsOf(text)) {
    const explanation = explain(step)
    if (explanation.cost > hardest.cost) hardest = { text: step, ...explanation }
  }
  return hardest
}

/** Whether a text contains words in which digits and symbols stand for letters, as in `P@ssw0rd2024!`. zxcvbn is more accurate for these. */
function isMangled(text: string, cost: number): boolean {
  if (text.length > MAX_MANGLED) return false
  const plain = withoutLeet(text)
  return plain !== text && explain(plain).cost <= Math.min(CLEARLY_RANDOM, cost - MIN_SAVED)
}

function isShort(text: string, rule: Rule): boolean {
  return text.length < rule.length || (text.length < ORDINARY.length && !isDense(text))
}

/** A text of 8 or 9 characters must be as random as that length allows: three kinds of characters, and not words with separators. */
function isDense(text: string): boolean {
  if (/[-_./: ]/.test(text) && text.split(/[-_./: ]+/).every(isExplained)) return false
  return [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length >= 3
}

function isNameOfThing(text: string): boolean {
  const base = nameBeforeSuffix(text) ?? imageBeforeTag(text)
  return base !== undefined && isExplained(base.slice(0, MAX_JUDGED))
}

/** Decodes UTF-8 and removes accents. Undefined for other bytes. */
function readableText(latin1: string): string | undefined {
  if (/^[\t\n\r\x20-\x7e]*$/.test(latin1)) return latin1
  const bytes = Buffer.from(latin1, 'latin1')
  const text = bytes.toString('utf8').replace(/\ufffd{1,3}$/, '')
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/.test(text) ? undefined : text.normalize('NFD').replace(/\p{M}/gu, '')
}

/** Overlapping windows, so that random text is whole in one of them. */
function stepsOf(text: string): string[] {
  if (text.length <= MAX_JUDGED) return [text]
  const steps: string[] = []
  for (let at = 0; at < text.length - MAX_JUDGED / 2; at += MAX_JUDGED / 2) steps.push(text.slice(at, at + MAX_JUDGED))
  return steps
}

const LEET: Record<string, string> = { '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', '5': 's', $: 's', '7': 't' }

function withoutLeet(text: string): string {
  return text.replace(/(?<=[A-Za-z@$]|^)[@431!05$7](?=[A-Za-z@$])/g, (character) => LEET[character] as string)
}

const isUsual = (text: string): boolean =>
  [text.toLowerCase(), withoutLeet(text).toLowerCase()].some((each) => isUsualPassword(each) || isKnownWord(each))

/** An image reference without its tag, which may be a commit. */
function imageBeforeTag(text: string): string | undefined {
  return /^([a-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._-]+)+):[\w.-]{1,128}$/.exec(text)?.[1]
}

/** Whether a text consists of short explained items: a list of hosts, a JSON fragment, a query, a path. */
function isList(text: string): boolean {
  if (text.length < MIN_LIST) return false
  const separators = text.startsWith('/') || text.includes('://') ? /[/,;|&?=<>"'()[\]{}@:]+/ : /[,;|&?=<>"'()[\]{}:]+/
  // Addresses of IPv6 contain colons.
  return [separators, /[,;|]+/].some((each) => isExplainedList(text, text.split(each)))
}

function isExplainedList(text: string, all: readonly string[]): boolean {
  const items = all.filter((item) => /\w/.test(item))
  const inside = items.reduce((sum, { length }) => sum + length, 0)
  if (items.length < 2 || inside < items.length * MIN_ITEM_LENGTH || inside < text.length / 2) return false
  return items.every((item) => isPublicForm(item) || isExplained(item.slice(0, MAX_JUDGED)))
}
