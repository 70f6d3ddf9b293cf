/** A problem in the records, and its location. */
export type Fault = {
  readonly kind: 'changed' | 'missing' | 'order' | 'torn' | 'truncated' | 'absent' | 'anchor'
  /** File of the problem. Absent when it concerns the folder. */
  readonly file?: string
  /** Line in the file, from 1. Absent when it concerns the whole file. */
  readonly line?: number
  readonly message: string
}
