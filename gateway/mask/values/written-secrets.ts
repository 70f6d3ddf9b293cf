import { createHmac, randomBytes } from 'node:crypto'
import type { ValueSource } from '../../../domain/mask/masker.ts'
import { writtenValues } from '../../../domain/mask/restore.ts'
import { OwnedCache } from '../../../server/owned-cache.ts'
import { readYaml } from '../../decide/body/yaml-body.ts'
import type { Announced } from '../../steps.ts'

/** The limit applies to each identity, so that one cannot evict the values of another. */
const MAX_VALUES_PER_IDENTITY = 1024
/** The identities that wrote last are kept. The identity provider creates identities, so agents cannot exhaust this limit. */
const MAX_IDENTITIES = 512
/** The number of characters that kube-apiserver appends to metadata.generateName. */
const GENERATED_LETTERS = 5

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch'])

export type WrittenSecrets = {
  /** Remembers the values of a request that upstream has answered. Ignores dry runs, failures and requests that do not write a Secret. */
  take(request: Pick<Announced, 'classified' | 'dryRun' | 'caller' | 'headers' | 'body'>, status: number): void
  /** The username that wrote exactly this value to this key. Undefined if unknown. */
  writerOf(source: ValueSource, value: Buffer): string | undefined
}

type Taken = Parameters<WrittenSecrets['take']>[0]

/** Whether upstream completed a write with a body to a Secret. */
function wrote({ classified: { info }, dryRun, body }: Taken, status: number): boolean {
  const isSecret = info.isResourceRequest && info.apiGroup === '' && info.resource === 'secrets' && info.subresource === ''
  return isSecret && WRITES.has(info.verb) && !dryRun && body.length > 0 && status >= 200 && status <= 299
}

/**
 * Remembers, as keyed hashes, values that agents wrote to Secrets through this gateway, so that approvers may see them. Values written by
 * humans, by controllers, through another replica, or before the gateway started are unknown. These are masked for approvers, and the mask
 * names the Secret.
 */
export function createWrittenSecrets(): WrittenSecrets {
  const hashKey = randomBytes(32)
  /** Hashes by username. */
  const hashes = new OwnedCache<true>({ owners: MAX_IDENTITIES, each: MAX_VALUES_PER_IDENTITY })

  const hash = (parts: readonly (string | Buffer)[]): string => {
    const hmac = createHmac('sha256', hashKey)
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part)
    return hmac.digest('base64').slice(0, 24)
  }

  return {
    take: (request, status) => {
      if (!wrote(request, status)) return
      const { caller, headers, body } = request
      const { info } = request.classified
      const written = writtenValues({ contentType: headers.get('content-type'), body, parseYaml: readYaml })
      if (written.values.size === 0) return
      const name = info.name !== '' ? info.name : written.name
      // A generated name is only in the response. `*` never occurs in a name.
      const named = name !== '' ? name : `${written.generateName}*`
      for (const [key, value] of [...written.values].slice(-MAX_VALUES_PER_IDENTITY))
        hashes.set(caller.identity.username, hash([info.namespace, named, key, value]), true)
    },
    writerOf: ({ namespace, secret, key }, value) => {
      const generated = `${secret.slice(0, -GENERATED_LETTERS)}*`
      const wanted = [secret, generated].map((name) => hash([namespace, name, key, value]))
      for (const [username, values] of hashes.owners()) if (wanted.some((hashed) => values.has(hashed))) return username
      return undefined
    },
  }
}
