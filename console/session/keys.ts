import { hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../../server/config.ts'

/** One key of each purpose, derived from one line of the file. */
export type SealKey = { readonly id: string; readonly sessions: Uint8Array; readonly signIns: Uint8Array }
/** The first key seals. All of them open. */
export type SealKeys = readonly [SealKey, ...SealKey[]]

const BYTES = 32
const MAX_KEYS = 8

const derived = (secret: Buffer, purpose: string, bytes = BYTES): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, Buffer.alloc(0), `jit-access console ${purpose}`, bytes))

function keyOf(line: string): SealKey | undefined {
  const secret = Buffer.from(line, 'base64')
  // Node ignores what is not base64: a key with a typing mistake would be shorter than it looks.
  if (secret.length !== BYTES || secret.toString('base64') !== line) return undefined
  const id = Buffer.from(derived(secret, 'id', 6)).toString('base64url')
  return { id, sessions: derived(secret, 'sessions'), signIns: derived(secret, 'sign-ins') }
}

/**
 * Reads the file of keys: one key on each line, 32 random bytes in base64.
 * @throws ConfigError that names the line, and never its content
 */
export async function readSealKeys(file: string): Promise<SealKeys> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new ConfigError(`${file}: cannot be read`)
  })
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.flatMap((line, index) => {
    if (line === '') return []
    const key = keyOf(line)
    if (key === undefined) throw new ConfigError(`${file}: line ${index + 1} is not ${BYTES} bytes in base64; make one with: openssl rand -base64 32`)
    return [key]
  })
  const [first, ...others] = keys
  if (first === undefined) throw new ConfigError(`${file}: it holds no key; make one with: openssl rand -base64 32`)
  if (keys.length > MAX_KEYS) throw new ConfigError(`${file}: it holds ${keys.length} keys; ${MAX_KEYS} are accepted. Remove the oldest`)
  return [first, ...others]
}
