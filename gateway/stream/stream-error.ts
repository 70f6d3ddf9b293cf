/** Thrown when a peer violates the protocol or exceeds a limit. `closeCode` is a WebSocket close code (RFC 6455 §7.4.1). */
export class ProtocolError extends Error {
  readonly closeCode: 1002 | 1009
  constructor(message: string, closeCode: 1002 | 1009 = 1002) {
    super(message)
    this.name = 'ProtocolError'
    this.closeCode = closeCode
  }
}
