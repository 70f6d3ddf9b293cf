/**
 * The dictionaries of the estimator: those of zxcvbn, with the words of the Kubernetes API and of usual software on top. A word is
 * looked up in lower case.
 */
import { readDictionaries, type Dictionaries } from './dictionaries.ts'
import { KUBERNETES_WORDS } from './kubernetes-words.ts'
import { SOFTWARE_WORDS } from './software-words.ts'
import { WordTable } from './word-table.ts'

/** How many words of a dictionary ordered by frequency count as frequent. */
const FREQUENT = 5000

const listOf = (text: string): string[] => text.trim().split(/\s+/)
const PASSWORDS = 'passwords-common'

/** A word is of operations, frequent, known at all, or a usual password: more than one is possible. */
const OPERATIONS_MARK = 1
const FREQUENT_MARK = 2
const KNOWN_MARK = 4
const PASSWORD_MARK = 8

const operations = new Set([...listOf(KUBERNETES_WORDS), ...listOf(SOFTWARE_WORDS)])
const table = new WordTable(readDictionaries(({ words }) => markedWords(words)))

function markedWords(dictionaries: Dictionaries['words']): ReadonlyMap<string, number> {
  const marks = new Map<string, number>()
  const mark = (word: string, more: number): void => void marks.set(word, (marks.get(word) ?? 0) | more)
  for (const word of operations) mark(word, OPERATIONS_MARK | FREQUENT_MARK | KNOWN_MARK)
  for (const [name, list] of Object.entries(dictionaries)) {
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

/** A word of the Kubernetes API, of a cloud or of usual software. */
export const isOperationsWord = (word: string): boolean => is(word, OPERATIONS_MARK)
/** One of the frequent words of English, or a word of operations. */
export const isFrequentWord = (word: string): boolean => is(word, FREQUENT_MARK)
/** Any word or name of any dictionary. */
export const isKnownWord = (word: string): boolean => is(word, KNOWN_MARK)
export const isUsualPassword = (text: string): boolean => is(text, PASSWORD_MARK)
/** For the model of what words look like. */
export const knownWords = (): Iterable<string> => table.marked(KNOWN_MARK)
/** Words of operations, as a dictionary for zxcvbn. */
export const operationsWords = (): string[] => [...operations]
