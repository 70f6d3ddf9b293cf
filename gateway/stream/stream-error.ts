/** The other side broke the protocol, or sent more than we hold in memory. `closeCode` is the one of RFC 6455 §7.4.1. */
export class ProtocolError extends Error {
  readonly closeCode: 1002 | 1009
  constructor(message: string, closeCode: 1002 | 1009 = 1002) {
    super(message)
    this.name = 'ProtocolError'
    this.closeCode = closeCode
  }
}
