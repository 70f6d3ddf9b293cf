/** The beginnings of all forms as a trie in flat arrays. No beginning is a prefix of another, so each leaf is a form. */
import { forms, type TokenForm } from './token-table.ts'

/** Indexed by node and byte (below 128): the next node, or 0 if there is none. */
export const next: Uint16Array = new Uint16Array(128 * forms.reduce((sum, { begins }) => sum + begins.length, 1))
/** Indexed by node: the form whose beginning its path spells. */
export const formAt: (TokenForm | undefined)[] = [undefined]

for (const form of forms) {
  let node = 0
  for (const byte of Buffer.from(form.begins)) {
    if (formAt[node] !== undefined) throw new Error(`one token begins like another: ${form.begins}`)
    const at = node * 128 + byte
    if (next[at] === 0) next[at] = formAt.push(undefined) - 1
    node = next[at] as number
  }
  formAt[node] = form
}
