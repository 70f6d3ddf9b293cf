import { hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../config.ts'

const BYTES = 32
const MAX_KEYS = 8

/** A key for one purpose from a secret of the file. `label` names the purpose, so that each has a key of its own. */
export const derivedKey = (secret: Buffer, label: string, bytes = BYTES): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, Buffer.alloc(0), label, bytes))

function secretOf(line: string): Buffer | undefined {
  const secret = Buffer.from(line, 'base64')
  // Node ignores what is not base64: a key with a typing mistake would be shorter than it looks.
  return secret.length === BYTES && secret.toString('base64') === line ? secret : undefined
}

/**
 * Reads a file of secrets: one on each line, 32 random bytes in base64. The first one seals, all of them open.
 * @throws ConfigError that names the line, and never its content
 */
export async function readKeyFile(file: string): Promise<readonly [Buffer, ...Buffer[]]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new ConfigError(`${file}: cannot be read`)
  })
  const lines = text.split('\n').map((line) => line.trim())
  const secrets = lines.flatMap((line, index) => {
    if (line === '') return []
    const secret = secretOf(line)
    if (secret === undefined)
      throw new ConfigError(`${file}: line ${index + 1} is not ${BYTES} bytes in base64; make one with: openssl rand -base64 32`)
    return [secret]
  })
  const [first, ...others] = secrets
  if (first === undefined) throw new ConfigError(`${file}: it holds no key; make one with: openssl rand -base64 32`)
  if (secrets.length > MAX_KEYS) throw new ConfigError(`${file}: it holds ${secrets.length} keys; ${MAX_KEYS} are accepted. Remove the oldest`)
  return [first, ...others]
}
