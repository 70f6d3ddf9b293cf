/**
 * Estimates how much of a text no word explains, as the number of guesses (log10) needed to find the rest. A text is split as names are: at
 * separators, digits and capitals. It is cheap and linear in the text, and decides the clear cases without zxcvbn.
 */
import { looksGenerated, looksLikeWord } from './letters.ts'
import { isFrequentWord, isKnownWord, isOperationsWord } from './vocabulary.ts'

export type WordExplanation = {
  /** log10 of the number of guesses for what no word explains. */
  readonly cost: number
  /** Whether words, and numbers that stand alone, make up most of the text. It is then a name, or begins as one. */
  readonly named: boolean
}

const PIECES = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^A-Za-z0-9]/g
/** Separators between words. Not @ ! $ # % ^ * ~ and the like, which passwords use in place of letters. */
const SEPARATOR = /^[-_./: =,;|&?+"'()[\]{}<>\\]$/
const LETTER = /^[A-Za-z]/
const DIGIT = /^[0-9]/
const DATE = /^(19|20)\d\d((0\d|1[0-2])([0-3]\d)?)?$/
const MAX_WORD = 24
/** A text is a name if words explain at least this share of it. */
const MIN_SHARE = 0.6
const MAX_PUNCTUATED = 16
/** Fewer letters next to digits look like a word by chance. */
const MIN_WORDLIKE = 10

/** The cost of a piece if the text is a name, and if it is not (`raw`); `words`: how many of its characters words explain. */
type Piece = { readonly length: number; readonly cost: number; readonly raw: number; readonly words: number }

/** Intended for texts of at most 64 characters. */
export function explain(text: string): WordExplanation {
  const perCharacter = Math.log10(alphabetOf(text))
  if (isPronounceable(text)) return { cost: text.length * perCharacter, named: false }
  const texts = text.match(PIECES) ?? []
  const kind = { perCharacter, lower: !/[A-Z]/.test(text) || TITLES.test(text), lowerOnly: /^[a-z-_./ ]+$/.test(text), noDigits: !/[0-9]/.test(text) }
  const pieces: Piece[] = []
  for (const [at, piece] of texts.entries()) pieces.push(judgePiece(piece, { ...kind, sides: sidesOf(texts, at), before: pieces.at(-1) }))
  const sum = (of: keyof Piece): number => pieces.reduce((total, piece) => total + piece[of], 0)
  const named = sum('words') >= sum('length') * MIN_SHARE && !isPunctuated(text)
  return { cost: named ? sum('cost') : sum('raw'), named }
}

/** `Mem_Buf_Limit`, `MEM_BUF_MAX`: words that are written alike. */
const TITLES = /^(?:(?:[A-Z][a-z]+[-_. ]){1,8}[A-Z][a-z]+|(?:[A-Z]+[-_. ]){1,8}[A-Z]+)$/

/** A short text of which a third is punctuation is not a name, whatever is in between. */
function isPunctuated(text: string): boolean {
  if (text.length > MAX_PUNCTUATED) return false
  const [all, odd] = [/[^A-Za-z0-9]/g, /[^A-Za-z0-9\-_./:]/g].map((kind) => text.match(kind)?.length ?? 0) as [number, number]
  return odd * 10 >= text.length * 3 || all * 10 >= text.length * 4
}

type Place = {
  /** log10 of the alphabet size of the whole text. */
  readonly perCharacter: number
  readonly lower: boolean
  readonly lowerOnly: boolean
  readonly noDigits: boolean
  /** On how many sides the piece is next to a separator or the end of the text. */
  readonly sides: number
  readonly before: Piece | undefined
}

function sidesOf(texts: readonly string[], at: number): number {
  return [texts[at - 1], texts[at + 1]].filter((beside) => beside === undefined || SEPARATOR.test(beside)).length
}

function judgePiece(piece: string, place: Place): Piece {
  if (LETTER.test(piece)) return letters(piece.toLowerCase(), place)
  return DIGIT.test(piece) ? digits(piece, place) : symbol(piece, place)
}

/** Whether words, dates and short numbers explain all of a text except a few characters. */
export const isExplained = (text: string): boolean => explain(text).cost <= MAX_REST
const MAX_REST = 4

function isPronounceable(text: string): boolean {
  if (!/^[A-Za-z0-9]+$/.test(text)) return false
  const word = text.replace(/[0-9]/g, '').toLowerCase()
  const mixed = /[a-z][0-9][a-z]/i.test(text) || /[a-z][A-Z]/.test(text)
  return looksGenerated(word, mixed) && !isKnownWord(word) && split(word, 1).words <= word.length * MAX_CHANCE
}
/** Words explain up to this share of pronounceable random letters by chance. */
const MAX_CHANCE = 0.9

const KINDS: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^A-Za-z0-9\-_./:]/, 32],
]

function alphabetOf(text: string): number {
  if (/^[0-9a-f]+$/.test(text)) return 16
  return Math.max(
    1,
    KINDS.reduce((size, [kind, characters]) => (kind.test(text) ? size + characters : size), 0),
  )
}

function symbol(text: string, { perCharacter }: Place): Piece {
  if (/[-_./: ]/.test(text)) return { length: 0, cost: 0, raw: 0.5, words: 0 }
  if (SEPARATOR.test(text)) return { length: 0, cost: 0, raw: perCharacter, words: 0 }
  return { length: 1, cost: 1, raw: perCharacter, words: 0 }
}

function digits(text: string, { sides, perCharacter, before }: Place): Piece {
  const { length } = text
  const raw = length * Math.min(perCharacter, 1.2)
  if (DATE.test(text)) return { length, cost: 1, raw: sides > 0 ? 1 : raw, words: sides === 2 ? length : 0 }
  if (sides === 2) return { length, cost: Math.min(length / 2, 6), raw, words: length }
  const afterWord = before === undefined || before.words === before.length
  return { length, cost: afterWord && length <= 4 ? length / 2 : raw, raw, words: 0 }
}

function letters(word: string, place: Place): Piece {
  if (word.length <= 3) return fewLetters(word, place)
  return isKnownWord(word) ? knownLetters(word, place) : unknownLetters(word, place)
}

/** A few letters between separators are cheaper than between digits and capitals: `rw`, `eu`, `db`. */
function fewLetters(word: string, { sides, perCharacter, lower, noDigits }: Place): Piece {
  const { length } = word
  const raw = length * perCharacter
  const usual = isFrequentWord(word)
  if (sides === 2 && (usual || lower)) return { length, cost: usual ? 0 : length / 3, raw: length, words: length }
  if (isPartOfName(word, usual && (sides > 0 || noDigits))) return { length, cost: 1, raw, words: length }
  return { length, cost: sides > 0 ? length / 3 : raw, raw, words: 0 }
}

/** `Pod` in `V1PodSpec`, `You` in `LeYouBanana`. */
function isPartOfName(word: string, usual: boolean): boolean {
  return word.length > 1 && (isOperationsWord(word) || (usual && word.length === 3))
}

function knownLetters(word: string, { sides, perCharacter }: Place): Piece {
  const { length } = word
  const solid = length > 4 || sides === 2 || isFrequentWord(word)
  return { length, cost: solid ? 0 : 2, raw: Math.min(length * perCharacter, 3), words: solid || sides > 0 ? length : 0 }
}

function unknownLetters(word: string, place: Place): Piece {
  const { length } = word
  const raw = length * place.perCharacter
  if (length === 4 && place.sides === 2) return { length, cost: 1, raw, words: place.lowerOnly ? length : 0 }
  const { cost, words } = split(word, place.perCharacter)
  if (cost > 1 && isWordOfSomeLanguage(word, place)) return { length, cost: 1, raw: 1, words: length }
  return { length, cost, raw: Math.min(raw, cost + words / 2), words }
}

function isWordOfSomeLanguage(word: string, { sides, noDigits }: Place): boolean {
  const alone = noDigits || sides === 2 || word.length >= MIN_WORDLIKE
  return alone && word.length > 4 && looksLikeWord(word) && !looksGenerated(word)
}

/** The cheapest way to write letters as a sequence of words and single letters, and how many letters then belong to words. */
function split(word: string, perCharacter: number): Split {
  const best: Split[] = [{ cost: 0, words: 0 }]
  for (let end = 1; end <= word.length; end++) {
    const before = best[end - 1] as Split
    let { cost, words } = { cost: before.cost + perCharacter, words: before.words }
    for (let start = Math.max(0, end - MAX_WORD); start <= end - 3; start++) {
      const from = best[start] as Split
      if (from.cost >= cost) continue
      const more = wordCost(word.slice(start, end))
      if (from.cost + more < cost) [cost, words] = [from.cost + more, from.words + end - start]
    }
    best.push({ cost, words })
  }
  return best[word.length] as Split
}

type Split = { readonly cost: number; readonly words: number }

function wordCost(word: string): number {
  if (!isKnownWord(word)) return Infinity
  if (word.length > 4) return 0.2
  if (word.length === 4) return isFrequentWord(word) ? 0.5 : 2
  return isFrequentWord(word) ? 1.5 : Infinity
}
