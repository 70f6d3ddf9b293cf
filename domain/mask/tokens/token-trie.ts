/** The beginnings of all forms as a tree in flat arrays: no beginning begins another, so a leaf is a form. */
import { forms, type Form } from './token-table.ts'

/** By node and byte (below 128): the next node, 0 for none. */
export const next: Uint16Array = new Uint16Array(128 * forms.reduce((sum, { begins }) => sum + begins.length, 1))
/** By node: the form that its path begins. */
export const formAt: (Form | undefined)[] = [undefined]

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
