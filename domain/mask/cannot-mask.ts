/**
 * Thrown when a body or stream cannot be understood well enough to mask it. The gateway then answers 502 without a body, or cuts the stream
 * if bytes have already been sent. The message names the problem and never quotes the input.
 */
export class CannotMask extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'CannotMask'
  }
}
