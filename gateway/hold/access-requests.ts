import { saysAbsent } from '../../domain/status-error.ts'
import { REQUESTS_PATH, objectPath } from '../../domain/api/names.ts'
import { requestPhase, type AccessRequest, type RequestPhase } from '../../domain/api/access-request.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import type { Clock } from '../../domain/clock.ts'
import { ownCallError, type KubeClient } from '../../kube/client.ts'
import { createInformer, type Informer, type InformerOptions } from '../../kube/informer.ts'

export type DecidedAccessRequest = { readonly phase: Exclude<RequestPhase, 'Pending'>; readonly request: AccessRequest | undefined }
/** The current state of a request: decided, or still open. */
export type FoundRequest = DecidedAccessRequest | { readonly request: AccessRequest }

/** Reads AccessRequests as the gateway itself. Does not write them: an undecided request ends by its pending TTL. */
export type AccessRequestClient = {
  nowMs(): number
  /** Undefined when the request does not exist. @throws StatusError */
  read(name: string): Promise<AccessRequest | undefined>
  /** Reads the current state. A deleted request counts as Failed. @throws StatusError */
  find(name: string): Promise<FoundRequest>
  /** Resolves when the request is decided; undefined when the signal aborts first. @throws StatusError when it left the watch and cannot be read */
  whenDecided(name: string, signal: AbortSignal): Promise<DecidedAccessRequest | undefined>
}

/** Creates an informer for the single request of this name, so that other requests cost nothing. The caller starts it. */
export type FollowRequest = (name: string) => Informer<AccessRequest>

export const createFollowRequest =
  (options: Pick<InformerOptions, 'client' | 'clock' | 'onError'>): FollowRequest =>
  (name) =>
    createInformer<AccessRequest>({ ...options, path: REQUESTS_PATH, query: { fieldSelector: `metadata.name=${escapeFieldValue(name)}` } })

export function createAccessRequestClient(options: {
  readonly client: KubeClient
  readonly followRequest: FollowRequest
  readonly clock: Clock
}): AccessRequestClient {
  const { client, followRequest, clock } = options

  const read = async (name: string): Promise<AccessRequest | undefined> => {
    try {
      return await client.json<AccessRequest>({ method: 'GET', path: objectPath(REQUESTS_PATH, name) })
    } catch (error) {
      if (saysAbsent(error, { resource: 'accessrequests', name })) return undefined
      throw ownCallError(error, 'the gateway cannot read the AccessRequest of the operation')
    }
  }
  const foundOf = (request: AccessRequest | undefined): FoundRequest => {
    // Deleting a request decides against it.
    if (request === undefined) return { phase: 'Failed', request }
    const phase = requestPhase(request.status, clock.nowMs())
    return phase === 'Pending' ? { request } : { phase, request }
  }
  const find = async (name: string): Promise<FoundRequest> => foundOf(await read(name))

  return {
    nowMs: () => clock.nowMs(),
    read,
    find,
    whenDecided: (name, signal) =>
      new Promise((resolve, reject) => {
        const followed = followRequest(name)
        const over = (): void => {
          followed.stop()
          signal.removeEventListener('abort', gone)
        }
        const finish = (decided: DecidedAccessRequest | undefined): void => {
          over()
          resolve(decided)
        }
        const gone = (): void => finish(undefined)
        const see = (found: FoundRequest): void => {
          if ('phase' in found) finish(found)
        }
        // Leaving the watch does not say how the request ended, so it is read again.
        const lookAgain = (): void =>
          void find(name).then(see, (error: unknown) => {
            over()
            reject(error)
          })
        followed.subscribe(({ type, object }) => (type === 'DELETED' ? lookAgain() : see(foundOf(object))))
        signal.addEventListener('abort', gone, { once: true })
        if (signal.aborted) return gone()
        followed.start()
        // The request was deleted before the watch started.
        void followed.whenSynced().then(() => {
          if (followed.get(name) === undefined) lookAgain()
        })
      }),
  }
}
