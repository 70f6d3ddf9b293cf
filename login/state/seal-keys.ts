import { createHmac } from 'node:crypto'
import { derivedKey, readKeyFile } from '../../server/sealing/key-file.ts'
import type { PurposeKey, PurposeKeys } from '../../server/sealing/seal.ts'

const PURPOSES = ['state', 'cookies', 'tickets', 'forms', 'names'] as const
/** What is sealed. Each purpose has keys of its own, so that one never opens as the other. */
export type Purpose = (typeof PURPOSES)[number]

/** The keys of each purpose. The first one seals, all of them open. */
export type SealKeys = { readonly [purpose in Purpose]: PurposeKeys }

const keyOf = (secret: Buffer, purpose: Purpose): PurposeKey => ({
  id: Buffer.from(derivedKey(secret, `jit-access login ${purpose} id`, 6)).toString('base64url'),
  key: derivedKey(secret, `jit-access login ${purpose}`),
})

/** @throws ConfigError that names the line of the file, and never its content */
export async function readSealKeys(file: string): Promise<SealKeys> {
  const [first, ...others] = await readKeyFile(file)
  const keysOf = (purpose: Purpose): PurposeKeys => [keyOf(first, purpose), ...others.map((secret) => keyOf(secret, purpose))]
  return Object.fromEntries(PURPOSES.map((purpose) => [purpose, keysOf(purpose)])) as SealKeys
}

export const idsOf = ({ state }: SealKeys): string => state.map(({ id }) => id).join()

/** A MAC with the key of a purpose. */
export const macOf = ({ key }: PurposeKey, text: string): Buffer => createHmac('sha256', key).update(text).digest()
