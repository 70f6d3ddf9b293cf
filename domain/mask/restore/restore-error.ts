type Options = {
  /** What to do instead. Defaults to leaving the field out or sending the value. */
  readonly remedy?: string
  /** The value has changed since its mask was read: answered with 409, as for an outdated resourceVersion. Defaults to false. */
  readonly stale?: boolean
}

const LEAVE_OUT = 'Leave the field out (kubectl patch sends what changes and nothing else), or send the value that you mean'

/** A masked value is in a place where it cannot be restored. The write is refused with this message and the remedy. */
export class RestoreError extends Error {
  readonly stale: boolean

  constructor(what: string, { remedy = LEAVE_OUT, stale = false }: Options = {}) {
    super(`${what}. ${remedy}.`)
    this.name = 'RestoreError'
    this.stale = stale
  }
}
