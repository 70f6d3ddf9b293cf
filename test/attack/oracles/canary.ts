import { randomBytes } from 'node:crypto'
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { formsOf } from '../../../hack/demo/canary.ts'

/** Oracle O1, its search: no form of a value may stand in any byte that leaves our processes. */

/** A value that occurs nowhere else, with characters that every escaping changes. */
export const newCanary = (): string => `c4n&"<'${randomBytes(18).toString('base64url')}'>"|+`

const escapes: readonly ((text: string) => string)[] = [
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
  (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
  (text) => text.replaceAll("'", "'\\''"),
  (text) => text.replaceAll("'", "''"),
  (text) => encodeURIComponent(text).replaceAll("'", '%27'),
]

/** The random middle of a canary, which no escaping changes. */
const coreOf = (canary: string): string => canary.slice(7, -5)

/** The whole value and its core, so that a response which cuts off the edges is detected too. */
function needlesOf(canary: string): readonly Buffer[] {
  const core = Buffer.from(coreOf(canary))
  const whole = Buffer.from(canary)
  return [
    ...formsOf(core),
    ...formsOf(whole),
    ...escapes.map((escape) => Buffer.from(escape(canary))),
    Buffer.from(core.toString('latin1'), 'utf16le'),
    Buffer.from(core.toString('latin1'), 'utf16le').swap16(),
    // Any third of it counts as a leak as well.
    ...[0, 8].map((from) => core.subarray(from, from + 14)),
  ]
}

const unpackers = [gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync] as const
const LIMIT = { maxOutputLength: 32 << 20 }

function tryUnpack(bytes: Buffer): readonly Buffer[] {
  return unpackers.flatMap((unpack) => {
    try {
      const out = unpack(bytes, LIMIT)
      return out.length > 0 ? [out] : []
    } catch {
      return []
    }
  })
}

/** Content packed inside the bytes: gzip anywhere, and base64 text that starts like gzip, encoded once or twice. */
function insidesOf(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = []
  for (let at = bytes.indexOf(Buffer.from([0x1f, 0x8b])); at >= 0; at = bytes.indexOf(Buffer.from([0x1f, 0x8b]), at + 1))
    found.push(...tryUnpack(bytes.subarray(at)))
  for (const [run] of bytes.toString('latin1').matchAll(/(?:H4sI|SDRzS)[A-Za-z0-9+/]{20,}={0,2}/g)) {
    const decoded = Buffer.from(run, 'base64')
    found.push(decoded, ...tryUnpack(decoded), ...tryUnpack(Buffer.from(decoded.toString('latin1'), 'base64')))
  }
  return found
}

/** Which of the canaries can be read from the bytes, by index. */
export function leaksIn(bytes: Buffer, canaries: readonly string[]): readonly number[] {
  const places = [bytes, ...insidesOf(bytes)]
  return canaries.flatMap((canary, index) =>
    needlesOf(canary).some((needle) => needle.length >= 8 && places.some((place) => place.includes(needle))) ? [index] : [],
  )
}
