/**
 * What inside a Secret's value is a secret on its own: each line of a multi-line value, fields of JSON (docker configs among
 * them), right sides of .env and YAML lines, the password in a URL, base64 in base64. Public certificates are left out.
 */
import { unworthy, unworthyPart } from './worth-matching.ts'

const CERTIFICATE = /-----BEGIN ([A-Z0-9 ]*CERTIFICATE|[A-Z ]*PUBLIC KEY)-----[\s\S]*?-----END \1-----/g
const DEEP = 3
const LONG = 4096
const PIECE = 1024

/** Without its public certificates; empty when nothing else is in it. */
export function withoutCertificates(value: Buffer): Buffer {
  const text = value.toString('latin1')
  if (!text.includes('-----BEGIN ')) return value
  const rest = text.replace(CERTIFICATE, '')
  return rest.trim() === '' ? Buffer.alloc(0) : Buffer.from(rest, 'latin1')
}

export function partsOf(value: Buffer, common: ReadonlySet<string>, deep = 0): Buffer[] {
  const found: Buffer[] = []
  const keep = (name: string, part: Buffer): void => {
    if (unworthyPart(name, part, common)) return
    found.push(part)
    if (deep < DEEP) found.push(...partsOf(part, common, deep + 1))
  }
  const text = value.toString('latin1')
  found.push(...lines(text, common))
  const tree = json(value)
  if (tree !== undefined) for (const [name, leaf] of leaves(tree, '')) keep(name, Buffer.from(leaf))
  else for (const [name, right] of assignments(text)) keep(name, Buffer.from(right, 'latin1'))
  for (const url of text.matchAll(/:\/\/[^\s/:@]*:([^\s@]+)@/g)) keep('password', Buffer.from(url[1] as string, 'latin1'))
  const decoded = printableBase64(text)
  if (decoded !== undefined && deep < DEEP) {
    if (unworthy(decoded, common) === undefined) found.push(decoded)
    const colon = decoded.indexOf(0x3a)
    if (colon >= 0) keep('password', decoded.subarray(colon + 1))
    found.push(...partsOf(decoded, common, deep + 1))
  }
  return found
}

/** A value as it is looked for: whole, or of a long one the first 2 KiB in pieces (its lines are parts). */
export function wholeOrPieces(value: Buffer): Buffer[] {
  if (value.length <= LONG) return [value]
  return [value.subarray(0, PIECE), value.subarray(PIECE, 2 * PIECE)]
}

function lines(text: string, common: ReadonlySet<string>): Buffer[] {
  if (!text.includes('\n'))
    return text.trim() === text ? [] : [Buffer.from(text.trim(), 'latin1')].filter((line) => unworthy(line, common) === undefined)
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length <= LONG && !line.startsWith('-----') && !/^[\w.-]+\s*[:=]\s*\S{0,7}$/.test(line))
    .map((line) => Buffer.from(line, 'latin1'))
    .filter((line) => unworthy(line, common) === undefined)
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

function* leaves(node: unknown, name: string): Generator<[string, string]> {
  if (typeof node === 'string') yield [name, node]
  else if (Array.isArray(node)) for (const item of node) yield* leaves(item, name)
  else if (typeof node === 'object' && node !== null) for (const [key, item] of Object.entries(node)) yield* leaves(item, key)
}

function* assignments(text: string): Generator<[string, string]> {
  for (const match of text.matchAll(/^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[:=]\s*(.+?)\s*$/gm)) {
    yield [match[1] as string, (match[2] as string).replace(/^(["'])(.*)\1$/, '$2')]
  }
}

function printableBase64(text: string): Buffer | undefined {
  const bare = text.trim()
  if (bare.length < 12 || !/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return undefined
  const decoded = Buffer.from(bare, 'base64')
  return /^[\x09\x0a\x0d\x20-\x7e]+$/.test(decoded.toString('latin1')) ? decoded : undefined
}
