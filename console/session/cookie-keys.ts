import { derivedKey, readKeyFile } from '../../server/sealing/key-file.ts'

/** One key of each purpose, derived from one line of the file. */
export type SealKey = { readonly id: string; readonly sessions: Uint8Array; readonly signIns: Uint8Array; readonly signOuts: Uint8Array }
/** The first key seals. All of them open. */
export type CookieKeys = readonly [SealKey, ...SealKey[]]

const derived = (secret: Buffer, purpose: string, bytes?: number): Uint8Array => derivedKey(secret, `jit-access console ${purpose}`, bytes)

const keyOf = (secret: Buffer): SealKey => ({
  id: Buffer.from(derived(secret, 'id', 6)).toString('base64url'),
  sessions: derived(secret, 'sessions'),
  signIns: derived(secret, 'sign-ins'),
  signOuts: derived(secret, 'sign-outs'),
})

/**
 * Reads the file of keys: one key on each line, 32 random bytes in base64.
 * @throws ConfigError that names the line, and never its content
 */
export async function readSealKeys(file: string): Promise<CookieKeys> {
  const [first, ...others] = await readKeyFile(file)
  return [keyOf(first), ...others.map(keyOf)]
}
