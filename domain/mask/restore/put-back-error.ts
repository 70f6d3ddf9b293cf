/** A masked value stands where it cannot be turned back: the write is refused with this text and the remedy. */
export class PutBackError extends Error {
  constructor(what: string, remedy = 'Leave the field out (kubectl patch sends what changes and nothing else), or send the value that you mean') {
    super(`${what}. ${remedy}.`)
    this.name = 'PutBackError'
  }
}
