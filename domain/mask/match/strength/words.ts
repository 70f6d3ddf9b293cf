/**
 * How much of a text no word explains, as the number of guesses (log10) that finding the rest takes. A text is cut where names are
 * cut: at separators, digits and capitals. Cheap, and linear in the text: it decides the clear cases without zxcvbn.
 */
import { looksGenerated, looksLikeWord } from './letters.ts'
import { isFrequentWord, isKnownWord } from './vocabulary.ts'

export type Explanation = {
  /** log10 of the guesses for what no word explains. */
  readonly cost: number
  /** Whether words, and numbers that stand alone, make most of the text: it is a name then, or starts as one. */
  readonly named: boolean
}

const PIECES = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^A-Za-z0-9]/g
/** What stands between words. Not @ ! $ # % ^ * ~ and the like, which passwords have in the place of letters. */
const SEPARATOR = /^[-_./: =,;|&?+"'()[\]{}<>\\]$/
const LETTER = /^[A-Za-z]/
const DIGIT = /^[0-9]/
const DATE = /^(19|20)\d\d((0\d|1[0-2])([0-3]\d)?)?$/
const MAX_WORD = 24
/** So much of a text that words explain makes it a name. */
const MIN_SHARE = 0.6
/** Shorter letters beside digits look like a word by chance. */
const MIN_WORDLIKE = 8

/** What a piece costs if the text is a name, and if it is not; `words`: how many of its characters words explain. */
type Piece = { readonly length: number; readonly cost: number; readonly raw: number; readonly words: number }

/** At most 64 characters are meant to come in. */
export function explain(text: string): Explanation {
  const perCharacter = Math.log10(alphabetOf(text))
  if (isPronounceable(text)) return { cost: text.length * perCharacter, named: false }
  const texts = text.match(PIECES) ?? []
  const delimited = (piece: string | undefined): boolean => piece === undefined || SEPARATOR.test(piece)
  const [lowerOnly, noDigits] = [/^[a-z-_./ ]+$/.test(text), !/[0-9]/.test(text)]
  const pieces: Piece[] = []
  for (const [at, piece] of texts.entries()) {
    const sides = Number(delimited(texts[at - 1])) + Number(delimited(texts[at + 1]))
    const before = pieces.at(-1)
    if (LETTER.test(piece)) pieces.push(letters(piece.toLowerCase(), { sides, perCharacter, lowerOnly, noDigits }))
    else if (DIGIT.test(piece)) pieces.push(digits(piece, { sides, perCharacter, named: before === undefined || before.words === before.length }))
    else pieces.push(symbol(piece, perCharacter))
  }
  const sum = (of: keyof Piece): number => pieces.reduce((total, piece) => total + piece[of], 0)
  const named = sum('words') >= sum('length') * MIN_SHARE
  return { cost: named ? sum('cost') : sum('raw'), named }
}

/** Whether words, dates and short numbers explain a text but for a few characters. */
export const isExplained = (text: string): boolean => explain(text).cost <= MAX_REST
const MAX_REST = 4

function isPronounceable(text: string): boolean {
  if (!/^[A-Za-z0-9]+$/.test(text)) return false
  const word = text.replace(/[0-9]/g, '').toLowerCase()
  return looksGenerated(word) && !isKnownWord(word) && split(word, 1).words * 3 <= word.length * 2
}

function alphabetOf(text: string): number {
  if (/^[0-9a-f]+$/.test(text)) return 16
  return (
    (/[a-z]/.test(text) ? 26 : 0) + (/[A-Z]/.test(text) ? 26 : 0) + (/[0-9]/.test(text) ? 10 : 0) + (/[^A-Za-z0-9\-_./:]/.test(text) ? 32 : 0) || 1
  )
}

type Place = { readonly sides: number; readonly perCharacter: number }

function symbol(text: string, perCharacter: number): Piece {
  if (/[-_./: ]/.test(text)) return { length: 0, cost: 0, raw: 0.5, words: 0 }
  if (SEPARATOR.test(text)) return { length: 0, cost: 0, raw: perCharacter, words: 0 }
  return { length: 1, cost: 1, raw: perCharacter, words: 0 }
}

function digits(text: string, { sides, perCharacter, named }: Place & { readonly named: boolean }): Piece {
  const { length } = text
  const raw = length * Math.min(perCharacter, 1.2)
  if (DATE.test(text)) return { length, cost: 1, raw: sides > 0 ? 1 : raw, words: sides === 2 ? length : 0 }
  if (sides === 2) return { length, cost: Math.min(length / 2, 6), raw, words: length }
  return { length, cost: named && length <= 4 ? length / 2 : raw, raw, words: 0 }
}

/** Letters between separators are cheaper than letters between digits and capitals: `rw`, `eu`, `db`. */
function letters(
  word: string,
  { sides, perCharacter, lowerOnly, noDigits }: Place & { readonly lowerOnly: boolean; readonly noDigits: boolean },
): Piece {
  const { length } = word
  const raw = length * perCharacter
  if (length <= 3) {
    const usual = isFrequentWord(word)
    if (sides === 2 && (usual || lowerOnly)) return { length, cost: usual ? 0 : length / 3, raw: length, words: length }
    if (usual && length === 3 && sides === 1) return { length, cost: 1, raw, words: length }
    return { length, cost: sides > 0 ? length / 3 : raw, raw, words: 0 }
  }
  if (isKnownWord(word)) {
    const solid = length > 4 || sides === 2 || isFrequentWord(word)
    return { length, cost: solid ? 0 : 2, raw: Math.min(raw, 3), words: solid || sides > 0 ? length : 0 }
  }
  if (length === 4 && sides === 2) return { length, cost: 1, raw, words: lowerOnly ? length : 0 }
  const { cost, words } = split(word, perCharacter)
  const alone = noDigits || sides === 2 || length >= MIN_WORDLIKE
  if (cost > 1 && length > 4 && alone && looksLikeWord(word) && !looksGenerated(word)) return { length, cost: 1, raw: 1, words: length }
  return { length, cost, raw: Math.min(raw, cost + words / 2), words }
}

/** The cheapest way to write letters as a row of words and single letters, and how many letters are in words then. */
function split(word: string, perCharacter: number): { cost: number; words: number } {
  const best = [{ cost: 0, words: 0 }]
  for (let end = 1; end <= word.length; end++) {
    const before = best[end - 1] as { cost: number; words: number }
    let { cost, words } = { cost: before.cost + perCharacter, words: before.words }
    for (let start = Math.max(0, end - MAX_WORD); start <= end - 3; start++) {
      const from = best[start] as { cost: number; words: number }
      if (from.cost >= cost) continue
      const more = wordCost(word.slice(start, end))
      if (from.cost + more < cost) [cost, words] = [from.cost + more, from.words + end - start]
    }
    best.push({ cost, words })
  }
  return best[word.length] as { cost: number; words: number }
}

function wordCost(word: string): number {
  if (!isKnownWord(word)) return Infinity
  if (word.length > 4) return 0.2
  if (word.length === 4) return isFrequentWord(word) ? 0.5 : 2
  return isFrequentWord(word) ? 1.5 : Infinity
}
