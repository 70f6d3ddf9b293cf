/** The dictionaries of the estimator: those of zxcvbn, plus words of the Kubernetes API and of common software. Words are looked up in lower case. */
import { dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english } from '@zxcvbn-ts/language-en'
import { KUBERNETES_WORDS } from './kubernetes-words.ts'
import { SOFTWARE_WORDS } from './software-words.ts'
import { WordTable, type Word } from './word-table.ts'

/** How many words of a dictionary ordered by frequency count as frequent. */
const FREQUENT = 5000

const listOf = (text: string): string[] => text.trim().split(/\s+/)
const PASSWORDS = 'passwords-common'

/** What a word is. More than one is possible. */
const OPERATIONS_MARK = 1
const FREQUENT_MARK = 2
const KNOWN_MARK = 4
const PASSWORD_MARK = 8

const operations = [...new Set([...listOf(KUBERNETES_WORDS), ...listOf(SOFTWARE_WORDS)])]
/** Lists whose order means something, as months: zxcvbn also looks for sequences of their words. They are short and stay in the package. */
const MAX_SEQUENCE = 100
const lists: readonly (readonly [name: string, words: (string | number)[]])[] = Object.entries({ ...common, ...english })
// Without words, passwords that everybody uses would count as strong.
if (lists.find(([name]) => name === PASSWORDS)?.[1].length === 0)
  throw new Error('the lists of words are empty: this module empties them, so a process can load it only once')
const table = new WordTable(wordsOfLists())

function wordsOfLists(): ReadonlyMap<string, Word> {
  const words = new Map<string, Word>()
  const add = (word: string, marks: number, rank: number): void => {
    const before = words.get(word)
    words.set(word, {
      marks: marks | (before?.marks ?? 0),
      rank: before === undefined || before.rank === 0 || (rank !== 0 && rank < before.rank) ? rank : before.rank,
    })
  }
  for (const [index, word] of operations.entries()) add(word, OPERATIONS_MARK | FREQUENT_MARK | KNOWN_MARK, index + 1)
  for (const [name, list] of lists) {
    const isRanked = list.length > MAX_SEQUENCE
    for (const [index, each] of list.entries()) {
      const word = String(each)
      const rank = isRanked ? index + 1 : 0
      if (name === PASSWORDS) add(word, PASSWORD_MARK, rank)
      else add(word, word.length > 1 ? KNOWN_MARK | (isFrequent(name, list.length, index) ? FREQUENT_MARK : 0) : 0, rank)
    }
    // Nothing else uses the list, and its strings would stay in memory.
    if (isRanked) list.length = 0
  }
  return words
}

function isFrequent(name: string, length: number, rank: number): boolean {
  return rank < FREQUENT && length > FREQUENT && !name.startsWith('lastnames')
}

const is = (word: string, mark: number): boolean => (table.marksOf(word) & mark) !== 0

/** A word of the Kubernetes API, of a cloud or of common software. */
export const isOperationsWord = (word: string): boolean => is(word, OPERATIONS_MARK)
/** A frequent English word, or a word of the operations vocabulary. */
export const isFrequentWord = (word: string): boolean => is(word, FREQUENT_MARK)
/** Any word or name of any dictionary. */
export const isKnownWord = (word: string): boolean => is(word, KNOWN_MARK)
export const isUsualPassword = (text: string): boolean => is(text, PASSWORD_MARK)
/** For the letter model. */
export const knownWords = (): Iterable<string> => table.marked(KNOWN_MARK)
/** The best rank of a word in any long list, counted from 1. Undefined if the word is in none. */
export const rankOf = (word: string): number | undefined => table.rankOf(word) || undefined
export const longestWord = table.longest
/** Short lists whose order means something: months, numbers, planets. */
export const sequences = Object.fromEntries(lists.filter(([, list]) => list.length > 0))
export { adjacencyGraphs } from '@zxcvbn-ts/language-common'
