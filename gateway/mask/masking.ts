import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../domain/clock.ts'
import { buildKnownValues, createKnownValues, type KnownValues } from '../../domain/mask/match/known-values.ts'
import { createPlaceholders, type Placeholders } from '../../domain/mask/secret/placeholders.ts'
import { createWordMasker } from '../../domain/mask/text/word-masker.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Informer } from '../../kube/informer.ts'
import type { Masking } from '../ports.ts'
import { SecretValues, type Secret } from './secret-values.ts'

/** A view that was not in touch for this long may lack a Secret whose value is about to be shown. */
const STALE_MS = 10_000
const RETRY_MS = 1_000
const MOST_SESSIONS = 4096

export type MaskingOptions = {
  readonly secrets: Informer<Secret>
  readonly clock: Clock
  /** Key of the placeholders, 32 bytes. */
  readonly key: Buffer
  /** Told when values were taken in anew, and how long it took. */
  readonly onBuilt: (known: KnownValues, ms: number) => void
  /** Told when that failed. It is tried again; until then nothing is shown. */
  readonly onFailed: (error: unknown) => void
}

/**
 * Keeps the known values in step with the Secrets: each change is taken in at once, off any request, and swapped in whole. A
 * request that comes meanwhile waits for it, so what was written before the request is hidden in its answer.
 */
export function createMasking({ secrets, clock, key, onBuilt, onFailed }: MaskingOptions): Masking {
  const values = new SecretValues(clock)
  const sessions = new Map<string, Placeholders>()
  let newest = createKnownValues([])
  let words = createWordMasker(newest)
  let building: Promise<void> | undefined
  let dirty = false
  let failed: unknown

  const build = async (): Promise<void> => {
    while (dirty) {
      await nextTurn() // a list brings many changes in one turn
      dirty = false
      const started = performance.now()
      const live = secrets.list()
      try {
        // In small steps: a thousand Secrets take a tenth of a second, in which others are served.
        newest = await buildKnownValues(values.all(live), { common: live.flatMap(({ metadata }) => metadata.namespace ?? []), pause: nextTurn })
        words = createWordMasker(newest)
        onBuilt(newest, performance.now() - started)
        failed = undefined
      } catch (error) {
        dirty = true
        failed = error
        onFailed(error)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
    building = undefined
  }
  secrets.subscribe((change) => {
    if (!values.change(change)) return
    dirty = true
    building ??= build()
  })

  const refuseStale = (): void => {
    if (failed !== undefined || !secrets.synced() || secrets.staleForMs() > STALE_MS)
      throw new StatusError('ServiceUnavailable', 'the values of Secrets are not known at the moment, so nothing can be shown', {
        cause: failed,
        details: { retryAfterSeconds: 2 },
      })
  }

  return {
    values: async () => {
      refuseStale()
      await building
      return newest
    },
    get newest() {
      return newest
    },
    placeholders: (session) => {
      const known = sessions.get(session)
      if (known !== undefined) return known
      if (sessions.size >= MOST_SESSIONS) sessions.clear()
      const made = createPlaceholders({ key, session })
      sessions.set(session, made)
      return made
    },
    lookup: (namespace, secret, name) => {
      refuseStale()
      const data = secrets.get(`${namespace}/${secret}`)?.data
      const live = data !== undefined && Object.hasOwn(data, name) ? data[name] : undefined
      return live === undefined ? values.lookup(namespace, secret, name) : Buffer.from(live, 'base64')
    },
    immutable: (namespace, secret) => {
      refuseStale()
      return secrets.get(`${namespace}/${secret}`)?.immutable === true
    },
    agentText: (text) => words(text),
  }
}
