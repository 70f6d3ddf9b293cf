import { createHmac, randomBytes } from 'node:crypto'
import type { ValueSource } from '../../../domain/mask/match/known-values.ts'
import { writtenValues } from '../../../domain/mask/restore/written-values.ts'
import { readYaml } from '../../decide/body/yaml-body.ts'
import type { Announced } from '../../steps.ts'

/** Each identity has room of its own; nobody can push out what another wrote. */
const MAX_VALUES_PER_IDENTITY = 1024
/** Identities are made by the identity provider, not by agents. Of more, those that wrote last are kept. */
const MAX_IDENTITIES = 512
/** What kube-apiserver appends to metadata.generateName. */
const GENERATED_LETTERS = 5

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch'])

export type WrittenSecrets = {
  /** Takes in a request that upstream has answered. What is no write to a Secret, failed, or was a dry run, is passed over. */
  take(request: Pick<Announced, 'classified' | 'dryRun' | 'caller' | 'headers' | 'body'>, status: number): void
  /** Who gave this key exactly this value; undefined when it is not known. */
  writerOf(source: ValueSource, value: Buffer): string | undefined
}

type Taken = Parameters<WrittenSecrets['take']>[0]

/** Whether upstream did a write to a Secret that has a body. */
function wrote({ classified: { info }, dryRun, body }: Taken, status: number): boolean {
  const isSecret = info.isResourceRequest && info.apiGroup === '' && info.resource === 'secrets' && info.subresource === ''
  return isSecret && WRITES.has(info.verb) && !dryRun && body.length > 0 && status >= 200 && status <= 299
}

/** The newest stand at the end; what is over is forgotten from the front. */
function remember(values: Set<string>, hashed: string): void {
  values.delete(hashed)
  values.add(hashed)
  const [oldest] = values
  if (values.size > MAX_VALUES_PER_IDENTITY && oldest !== undefined) values.delete(oldest)
}

/**
 * Values that agents themselves wrote to Secrets through this gateway, remembered as keyed hashes: to approvers they are no secret of
 * somebody else. A value that a human, a controller or another replica's agent wrote is not known here, nor is one that was
 * written before the gateway started; such a value is masked for approvers, and the mask names its Secret.
 */
export function createWrittenSecrets(): WrittenSecrets {
  const hashKey = randomBytes(32)
  /** By username, the identity that wrote last at the end; of each, the value that was written last at the end. */
  const byUser = new Map<string, Set<string>>()

  const hash = (parts: readonly (string | Buffer)[]): string => {
    const hmac = createHmac('sha256', hashKey)
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part)
    return hmac.digest('base64').slice(0, 24)
  }
  const valuesOf = (username: string): Set<string> => {
    const values = byUser.get(username) ?? new Set<string>()
    byUser.delete(username)
    byUser.set(username, values)
    const [oldest] = byUser.keys()
    if (byUser.size > MAX_IDENTITIES && oldest !== undefined) byUser.delete(oldest)
    return values
  }

  return {
    take: (request, status) => {
      if (!wrote(request, status)) return
      const { caller, headers, body } = request
      const { info } = request.classified
      const written = writtenValues({ contentType: headers.get('content-type'), body, parseYaml: readYaml })
      if (written.values.size === 0) return
      const name = info.name !== '' ? info.name : written.name
      // A generated name is in the answer alone. `*` is in no name.
      const named = name !== '' ? name : `${written.generateName}*`
      const values = valuesOf(caller.identity.username)
      for (const [key, value] of [...written.values].slice(-MAX_VALUES_PER_IDENTITY)) remember(values, hash([info.namespace, named, key, value]))
    },
    writerOf: ({ namespace, secret, key }, value) => {
      const generated = `${secret.slice(0, -GENERATED_LETTERS)}*`
      const hashes = [secret, generated].map((name) => hash([namespace, name, key, value]))
      for (const [username, values] of byUser) if (hashes.some((hashed) => values.has(hashed))) return username
      return undefined
    },
  }
}
