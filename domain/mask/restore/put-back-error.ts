type Options = {
  /** What to do instead. Absent: leave the field out, or send the value. */
  readonly remedy?: string
  /** The mask stood for a value that has changed since it was read: 409, as for an old resourceVersion. Absent: no. */
  readonly stale?: boolean
}

const LEAVE_OUT = 'Leave the field out (kubectl patch sends what changes and nothing else), or send the value that you mean'

/** A masked value stands where it cannot be turned back: the write is refused with this text and the remedy. */
export class PutBackError extends Error {
  readonly stale: boolean

  constructor(what: string, { remedy = LEAVE_OUT, stale = false }: Options = {}) {
    super(`${what}. ${remedy}.`)
    this.name = 'PutBackError'
    this.stale = stale
  }
}
