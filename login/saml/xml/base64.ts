import { SamlRefused } from '../refused.ts'

const STANDARD = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const BLANKS = /[ \t\r\n]+/g

/** Node skips characters that base64 does not have; here they are refused. Line breaks are accepted, as identity providers write them. @throws SamlRefused Malformed */
export function decodeBase64(text: string): Buffer {
  const packed = text.replaceAll(BLANKS, '')
  if (packed === '' || !STANDARD.test(packed)) throw new SamlRefused('Malformed', 'is not base64')
  return Buffer.from(packed, 'base64')
}

/** The text of a message in base64. @throws SamlRefused Malformed when it is longer than the limit or not UTF-8 */
export function decodeMessage(text: string, maxBytes: number): string {
  // Four characters hold three bytes; the rest is room for line breaks.
  if (text.length > maxBytes * 1.5) throw new SamlRefused('Malformed', `is larger than ${maxBytes} bytes`)
  return utf8Of(decodeBase64(text))
}

/** @throws SamlRefused Malformed */
export function utf8Of(bytes: Uint8Array): string {
  try {
    // A byte order mark stays, and the grammar refuses it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SamlRefused('Malformed', 'is not UTF-8')
  }
}
