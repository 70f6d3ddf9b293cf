import { meaningOf } from '../json/strings/whole-escapes.ts'

const PERCENT = 0x25
const BACKSLASH = 0x5c

/** The parts of a request. `bodies`: the body, in each form that is known, such as the JSON that was read of YAML. */
export type RequestTexts = { readonly path: string; readonly search: string; readonly bodies: readonly Buffer[] }

function digitAt(bytes: Buffer, at: number): number {
  const byte = bytes[at] ?? 0
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** `%XX` as the byte that it stands for. What is no such escape stays as it is. */
function withoutPercent(bytes: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const [high, low] = bytes[at] === PERCENT ? [digitAt(bytes, at + 1), digitAt(bytes, at + 2)] : [-1, -1]
    const escaped = high >= 0 && low >= 0
    plain[length++] = escaped ? high * 16 + low : (bytes[at] as number)
    if (escaped) at += 2
  }
  return plain.subarray(0, length)
}

/** A text, and what it means with escapes of JSON and URLs. */
function readings(text: Buffer): readonly Buffer[] {
  const meaning = text.includes(BACKSLASH) ? meaningOf(text, { from: 0, to: text.length }) : undefined
  const read = meaning === undefined ? [text] : [text, Buffer.from(meaning)]
  return read.flatMap((each) => (each.includes(PERCENT) ? [each, withoutPercent(each)] : [each]))
}

/** What a response may repeat of its request: as it was sent, and as the server read it. */
export const repeatedTexts = ({ path, search, bodies }: RequestTexts): readonly Buffer[] =>
  [Buffer.from(path), Buffer.from(search), ...(search.includes('+') ? [Buffer.from(search.replaceAll('+', ' '))] : []), ...bodies].flatMap(readings)
