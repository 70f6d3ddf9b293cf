import { dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english } from '@zxcvbn-ts/language-en'

/** Copies of zxcvbn's lists of words. Import this file before the product: domain/mask empties the long lists when it is loaded. */
export const zxcvbnLists: Readonly<Record<string, readonly (string | number)[]>> = structuredClone({ ...common, ...english })
if ((zxcvbnLists['passwords-common'] ?? []).length === 0) throw new Error('zxcvbn-lists.ts must be imported before domain/mask')
