/** What is wrong with the records, and where. */
export type Fault = {
  readonly kind: 'changed' | 'missing' | 'order' | 'torn' | 'truncated' | 'absent' | 'anchor'
  /** File it was found in. Left out: it is about the folder. */
  readonly file?: string
  /** Line in that file, from 1. Left out: it is about the whole file. */
  readonly line?: number
  readonly message: string
}
