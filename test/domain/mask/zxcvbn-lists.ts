import { createRequire } from 'node:module'
import { dirname } from 'node:path'

type Lists = Readonly<Record<string, readonly (string | number)[]>>

const require = createRequire(import.meta.url)

/** Loads a package again, since domain/mask empties the long lists of the copy that it loads, and may have done so in this process. */
function dictionaryOf(name: string): Lists {
  const folder = dirname(require.resolve(name))
  for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) Reflect.deleteProperty(require.cache, file)
  const { dictionary } = require(name) as { readonly dictionary: Lists }
  return structuredClone(dictionary) // domain/mask may load this copy
}

/** Copies of zxcvbn's lists of words. */
export const zxcvbnLists: Lists = {
  ...dictionaryOf('@zxcvbn-ts/language-common'),
  ...dictionaryOf('@zxcvbn-ts/language-en'),
}
if ((zxcvbnLists['passwords-common'] ?? []).length === 0) throw new Error('zxcvbn has no list passwords-common')
