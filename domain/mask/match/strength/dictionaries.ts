/**
 * The dictionaries of zxcvbn, for as long as they are read: they are 200 000 strings, which V8 looks at again in each collection of
 * garbage while a module holds them. Who needs the words later keeps them in a form of its own.
 */
import { createRequire } from 'node:module'
import type * as common from '@zxcvbn-ts/language-common'
import type * as english from '@zxcvbn-ts/language-en'

const PACKAGES = /[\\/]@zxcvbn-ts[\\/]language-/

export type Dictionaries = {
  /** By name: words in lower case, the most frequent first. */
  readonly words: Readonly<Record<string, (string | number)[]>>
  readonly graphs: typeof common.adjacencyGraphs
}

/** Gives what `read` makes of them; it may not keep the lists, which are empty afterwards. Takes some tenths of a second. */
export function readDictionaries<Made>(read: (dictionaries: Dictionaries) => Made): Made {
  // What is imported is shared and stays for good. What is required afresh is ours alone, though Node does not let go of all of it.
  const require = createRequire(import.meta.url)
  forget(require)
  const { dictionary, adjacencyGraphs } = require('@zxcvbn-ts/language-common') as typeof common
  const words = { ...dictionary, ...(require('@zxcvbn-ts/language-en') as typeof english).dictionary } as Record<string, (string | number)[]>
  forget(require)
  const made = read({ words, graphs: adjacencyGraphs })
  for (const list of Object.values(words)) list.length = 0
  return made
}

function forget({ cache }: NodeJS.Require): void {
  for (const path of Object.keys(cache)) if (PACKAGES.test(path)) delete cache[path]
}
