/** The dictionaries of the estimator: those of zxcvbn, plus words of the Kubernetes API and of common software. Words are looked up in lower case. */
import { dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english } from '@zxcvbn-ts/language-en'
import { KUBERNETES_WORDS } from './kubernetes-words.ts'
import { SOFTWARE_WORDS } from './software-words.ts'

/** How many words of a dictionary ordered by frequency count as frequent. */
const FREQUENT = 5000

const listOf = (text: string): string[] => text.trim().split(/\s+/)
const PASSWORDS = 'passwords-common'

const operations = new Set([...listOf(KUBERNETES_WORDS), ...listOf(SOFTWARE_WORDS)])
const frequent = new Set(operations)
const known = new Set(operations)
const passwords = new Set<string>()

for (const [name, words] of Object.entries({ ...common, ...english })) {
  const list = words as readonly (string | number)[]
  for (const [rank, each] of list.entries()) {
    const word = String(each)
    if (name === PASSWORDS) passwords.add(word)
    else if (word.length > 1) {
      known.add(word)
      if (rank < FREQUENT && list.length > FREQUENT && !name.startsWith('lastnames')) frequent.add(word)
    }
  }
}

/** A word of the Kubernetes API, of a cloud or of common software. */
export const isOperationsWord = (word: string): boolean => operations.has(word)
/** A frequent English word, or a word of the operations vocabulary. */
export const isFrequentWord = (word: string): boolean => frequent.has(word)
/** Any word or name of any dictionary. */
export const isKnownWord = (word: string): boolean => known.has(word)
export const isUsualPassword = (text: string): boolean => passwords.has(text)
/** For the letter model. */
export const knownWords = (): Iterable<string> => known
/** Dictionaries for zxcvbn. */
export const dictionaries = { ...common, ...english, operations: [...operations] }
export { adjacencyGraphs } from '@zxcvbn-ts/language-common'
