import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../domain/clock.ts'
import { createPlaceholders, createShortTextMasker, KnownValues, type Placeholders } from '../../../domain/mask/masker.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Informer } from '../../../kube/informer.ts'
import type { Masking } from '../../ports.ts'
import { SecretLearner, type Secret } from './secret-learner.ts'
import { unsaidBy } from './values-said.ts'

/** If the watch was disconnected for longer, the view may lack a Secret whose value is about to be shown. */
const STALE_MS = 10_000
/** Placeholders depend only on the key and the session, so a session that is evicted gets the same ones again. */
const MAX_SESSIONS = 4096

export type MaskingOptions = {
  readonly secrets: Informer<Secret>
  readonly clock: Clock
  /** Key for placeholders, 32 bytes. */
  readonly key: Buffer
  /** Called when a value could not be learned. It is then masked only in its Secret. */
  readonly onFailed: (error: unknown) => void
}

/**
 * Resolves when changes of Secrets that had arrived on the socket of the watch at the call are read. After a long turn of the event loop, the response
 * with a copy of a value may be read before the event of its Secret, which arrived earlier.
 */
async function arrived(): Promise<void> {
  await nextTurn()
  await nextTurn()
}

/** Keeps the known values in sync with the Secrets. Values are masked everywhere once they are learned. */
export function createMasking({ secrets, clock, key, onFailed }: MaskingOptions): Masking {
  const known = new KnownValues()
  const learner = new SecretLearner({ known, clock, onFailed })
  const sessions = new LRUCache<string, Placeholders>({ max: MAX_SESSIONS })
  const words = createShortTextMasker({ known })
  secrets.subscribe((change) => learner.change(change))
  let ready = false
  void secrets
    .whenSynced()
    .then(() => learner.learned())
    .then(() => {
      ready = true
      // Only later changes count against the allowance of their namespace.
      learner.startAllowance()
    })

  const refuseStale = (): void => {
    if (!secrets.synced() || secrets.staleForMs() > STALE_MS)
      throw new StatusError('ServiceUnavailable', 'the values of Secrets are not known at the moment, so nothing can be shown', {
        details: { retryAfterSeconds: 2 },
      })
  }

  return {
    known,
    learned: () => learner.learned(),
    values: async () => {
      refuseStale()
      await arrived()
      await learner.learned()
      return known
    },
    isReady: () => ready,
    lateNamespaces: () => learner.late,
    placeholders: (session) => {
      const made = sessions.get(session)
      if (made !== undefined) return made
      const fresh = createPlaceholders({ key, session })
      sessions.set(session, fresh)
      return fresh
    },
    lookup: (namespace, secret, name) => {
      refuseStale()
      const data = secrets.get(`${namespace}/${secret}`)?.data
      const live = data !== undefined && Object.hasOwn(data, name) ? data[name] : undefined
      return live === undefined ? learner.lookup(namespace, secret, name) : Buffer.from(live, 'base64')
    },
    immutable: (namespace, secret) => {
      refuseStale()
      return secrets.get(`${namespace}/${secret}`)?.immutable === true
    },
    agentText: (text, request) => {
      const masked = words(text)
      return masked === text ? text : createShortTextMasker({ known, ...unsaidBy(request, known) })(text)
    },
  }
}
