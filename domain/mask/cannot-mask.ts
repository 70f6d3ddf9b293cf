/**
 * Thrown when a body or stream cannot be understood well enough to be masked. The gateway answers 502 without a body byte,
 * or cuts the stream when bytes have left already. The message names what was wrong and never quotes what was read.
 */
export class CannotMask extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'CannotMask'
  }
}
