/** The dictionaries of the estimator: those of zxcvbn, plus words of the Kubernetes API and of common software. Words are looked up in lower case. */
import { dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english } from '@zxcvbn-ts/language-en'
import { KUBERNETES_WORDS } from './kubernetes-words.ts'
import { SOFTWARE_WORDS } from './software-words.ts'
import { WordTable } from './word-table.ts'

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
const table = new WordTable(markedWords())

function markedWords(): ReadonlyMap<string, number> {
  const marks = new Map<string, number>()
  const mark = (word: string, more: number): void => void marks.set(word, (marks.get(word) ?? 0) | more)
  for (const word of operations) mark(word, OPERATIONS_MARK | FREQUENT_MARK | KNOWN_MARK)
  for (const [name, words] of Object.entries({ ...common, ...english })) {
    const list = words as readonly (string | number)[]
    for (const [rank, each] of list.entries()) {
      const word = String(each)
      if (name === PASSWORDS) mark(word, PASSWORD_MARK)
      else if (word.length > 1)
        mark(word, KNOWN_MARK | (rank < FREQUENT && list.length > FREQUENT && !name.startsWith('lastnames') ? FREQUENT_MARK : 0))
    }
  }
  return marks
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
/** Dictionaries for zxcvbn. */
export const dictionaries = { ...common, ...english, operations }
export { adjacencyGraphs } from '@zxcvbn-ts/language-common'
