/**
 * What inside a Secret's value is a secret on its own: each line of a multi-line value, fields of JSON (docker configs among
 * them), right sides of .env and YAML lines, the password in a URL, base64 in base64. Public certificates are left out.
 *
 * Whoever may write a Secret writes what is read here: every step is linear in the value, and the number of parts is bounded.
 */
import { unworthy, unworthyPart } from './worth-matching.ts'

type Words = ReadonlySet<string>

const BEGIN = '-----BEGIN '
const END = '-----END '
const PUBLIC = /(CERTIFICATE|PUBLIC KEY)$/
const DEEP = 3
const LONG = 4096
const PIECE = 1024
/** A private key has some 50 lines. What comes after so many parts of one value is masked in its Secret only. */
export const MOST_PARTS = 400
/** Parts are looked for in so many bytes at the front of a value. */
const SEARCHED = 256 << 10
const LONGEST_URL = 1024
const PASSWORD = /^:\/\/[^\s/:@]*:([^\s@]+)@/

/** Without its public certificates; empty when nothing else is in it. */
export function withoutCertificates(value: Buffer): Buffer {
  const text = value.toString('latin1')
  if (!text.includes(BEGIN)) return value
  let rest = ''
  let kept = 0
  for (let begin = text.indexOf(BEGIN); begin >= 0; begin = text.indexOf(BEGIN, Math.max(begin + 1, kept))) {
    const label = text.slice(begin + BEGIN.length, text.indexOf('-----', begin + BEGIN.length))
    const end = label.length < 64 && PUBLIC.test(label) ? text.indexOf(END, begin) : -1
    if (end < 0) {
      if (text.indexOf(END, begin) < 0) break
      continue
    }
    const closing = `${END}${label}-----`
    if (!text.startsWith(closing, end)) continue
    rest += text.slice(kept, begin)
    kept = end + closing.length
  }
  rest += text.slice(kept)
  return rest.trim() === '' ? Buffer.alloc(0) : Buffer.from(rest, 'latin1')
}

/** At most MOST_PARTS. */
export function partsOf(value: Buffer, common: Words): Buffer[] {
  const found: Buffer[] = []
  collect(value.subarray(0, SEARCHED), common, { found, deep: 0 })
  return found.slice(0, MOST_PARTS)
}

type Collection = { readonly found: Buffer[]; readonly deep: number }

function collect(value: Buffer, common: Words, { found, deep }: Collection): void {
  if (deep > DEEP || found.length >= MOST_PARTS) return
  const text = value.toString('latin1')
  const deeper = { found, deep: deep + 1 }
  collectLines(text, common, found)
  for (const [name, part] of named(value, text)) {
    if (found.length >= MOST_PARTS || unworthyPart(name, part, common)) continue
    found.push(part)
    collect(part, common, deeper)
  }
  const decoded = printableBase64(text)
  if (decoded === undefined) return
  if (unworthy(decoded, common) === undefined) found.push(decoded)
  collect(decoded, common, deeper)
}

function collectLines(text: string, common: Words, found: Buffer[]): void {
  for (const line of lines(text)) {
    if (found.length >= MOST_PARTS) return
    if (unworthy(line, common) === undefined) found.push(line)
  }
}

/** A value as it is looked for: whole, or of a long one the first 2 KiB in pieces (its lines are parts). */
export function wholeOrPieces(value: Buffer): Buffer[] {
  if (value.length <= LONG) return [value]
  return [value.subarray(0, PIECE), value.subarray(PIECE, 2 * PIECE)]
}

function* lines(text: string): Generator<Buffer> {
  if (!text.includes('\n')) {
    if (text.trim() !== text) yield Buffer.from(text.trim(), 'latin1')
    return
  }
  for (const each of text.split('\n')) {
    const line = each.trim()
    if (line.length > LONG || line.startsWith('-----') || /^[\w.-]+\s*[:=]\s*\S{0,7}$/.test(line)) continue
    yield Buffer.from(line, 'latin1')
  }
}

/** Parts that have a name, which says whether they are secret. */
function* named(value: Buffer, text: string): Generator<[string, Buffer]> {
  const tree = json(value)
  if (tree === undefined) yield* assignments(text)
  else for (const [name, leaf] of leaves(tree)) yield [name, Buffer.from(leaf)]
  for (const password of passwords(text)) yield ['password', password]
  const bare = /^[^\s:]{1,256}:(\S{1,1024})$/.exec(text)
  if (bare !== null) yield ['password', Buffer.from(bare[1] as string, 'latin1')]
}

function json(value: Buffer): unknown {
  const start = value[0]
  if (start !== 0x7b && start !== 0x5b) return undefined
  try {
    return JSON.parse(value.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

/** Strings and the names they have; without recursion, since the depth is the writer's choice. */
function* leaves(tree: unknown): Generator<[string, string]> {
  const open: [string, unknown][] = [['', tree]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [name, node] = next
    if (typeof node === 'string') yield [name, node]
    else if (Array.isArray(node)) for (const item of node as unknown[]) open.push([name, item])
    else if (typeof node === 'object' && node !== null) for (const field of Object.entries(node)) open.push(field)
  }
}

function* assignments(text: string): Generator<[string, Buffer]> {
  for (const each of text.split('\n')) {
    const line = each.trim().replace(/^export\s+/, '')
    const at = line.search(/[:=]/)
    const name = unquoted(line.slice(0, Math.max(at, 0)).trim())
    if (at < 0 || !/^[\w.-]{1,256}$/.test(name)) continue
    yield [name, Buffer.from(unquoted(line.slice(at + 1).trim()), 'latin1')]
  }
}

function unquoted(text: string): string {
  const quote = text[0]
  return text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote) ? text.slice(1, -1) : text
}

function* passwords(text: string): Generator<Buffer> {
  let at = text.indexOf('@')
  for (let start = text.indexOf('://'); start >= 0; start = text.indexOf('://', start + 3)) {
    if (at >= 0 && at < start) at = text.indexOf('@', start)
    if (at < 0) return
    if (at - start > LONGEST_URL) continue
    const password = PASSWORD.exec(text.slice(start, at + 1))?.[1]
    if (password === undefined) continue
    yield Buffer.from(password, 'latin1')
    start = at
  }
}

function printableBase64(text: string): Buffer | undefined {
  const bare = text.trim()
  if (bare.length < 12 || !/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return undefined
  const decoded = Buffer.from(bare, 'base64')
  return decoded.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d) ? decoded : undefined
}
