import { saysAbsent } from '../../domain/status-error.ts'
import { ADMISSION_LOCKS, digestOf, lockPath, lockResource, type AdmissionLock } from '../../domain/admission-lock.ts'
import type { KubeClient } from '../../kube/client.ts'
import { reasonOf, type Log } from '../../server/log.ts'

/** `unknown`: the object could not be read. */
export type LockState = 'intact' | 'changed' | 'missing' | 'unknown'

const EVERY_MS = 30_000

async function look(client: KubeClient, lock: AdmissionLock): Promise<{ readonly state: LockState; readonly error?: unknown }> {
  try {
    const object = await client.json<object>({ method: 'GET', path: lockPath(lock) })
    return { state: digestOf(object) === lock.digest ? 'intact' : 'changed' }
  } catch (error) {
    return saysAbsent(error, { resource: lockResource(lock), name: lock.name }) ? { state: 'missing' } : { state: 'unknown', error }
  }
}

/**
 * Checks regularly whether the admission policies are still as shipped, and reports the result. kube-apiserver runs no admission on changes to
 * them, so a change by a user with RBAC permission is detected, not prevented. Does not repair them: the webhook has no permission to, so
 * that a stolen token of the webhook does not give it either.
 */
export function watchLocks(options: {
  readonly client: KubeClient
  readonly log: Log
  readonly report: (lock: AdmissionLock, state: LockState) => void
}): { start(): void; stop(): void } {
  const { client, log, report } = options
  const last = new Map<AdmissionLock, LockState>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const round = async (): Promise<void> => {
    for (const lock of ADMISSION_LOCKS) {
      const { state, error } = await look(client, lock)
      report(lock, state)
      if (state !== 'intact' && last.get(lock) !== state)
        log.error('lock.not-intact', {
          resource: `${lock.kind} ${lock.name}`,
          reason: state,
          ...(error === undefined ? {} : { error: reasonOf(error) }),
        })
      last.set(lock, state)
    }
    if (!stopped) timer = setTimeout(() => void round(), EVERY_MS)
  }

  return {
    start: () => void round(),
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
