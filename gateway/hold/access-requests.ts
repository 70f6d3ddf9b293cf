import { requestPhase, type AccessRequest, type RequestPhase } from '../../domain/api/access-request.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import { createInformer, type Informer, type InformerOptions } from '../../kube/informer.ts'

const PATH = '/apis/jit.access/v1/accessrequests'

export type Decided = { readonly phase: Exclude<RequestPhase, 'Pending'>; readonly request: AccessRequest | undefined }
/** What a request is at a moment: decided, or still open. */
export type Found = Decided | { readonly request: AccessRequest }

/** AccessRequests, as the gateway itself reads them. It writes none: what nobody decides ends with its pending TTL. */
export type AccessRequestClient = {
  nowMs(): number
  /** Undefined when there is none. @throws StatusError */
  read(name: string): Promise<AccessRequest | undefined>
  /** What became of it. One that is gone has failed. @throws StatusError */
  find(name: string): Promise<Found>
  /** Resolves when it is decided; undefined when the signal aborts first. @throws StatusError when it is gone from the watch and cannot be read */
  whenDecided(name: string, signal: AbortSignal): Promise<Decided | undefined>
}

/** Follows the request of this name and no other: what agents ask for elsewhere costs nothing here. Not started yet. */
export type FollowRequest = (name: string) => Informer<AccessRequest>

export const createFollowRequest =
  (options: Pick<InformerOptions, 'client' | 'clock' | 'onTrouble'>): FollowRequest =>
  (name) =>
    createInformer<AccessRequest>({ ...options, path: PATH, query: { fieldSelector: `metadata.name=${escapeFieldValue(name)}` } })

export function createAccessRequestClient(options: {
  readonly client: KubeClient
  readonly followRequest: FollowRequest
  readonly clock: Clock
}): AccessRequestClient {
  const { client, followRequest, clock } = options

  const read = async (name: string): Promise<AccessRequest | undefined> => {
    try {
      return await client.json<AccessRequest>({ method: 'GET', path: `${PATH}/${encodeURIComponent(name)}` })
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined
      throw error
    }
  }
  const foundOf = (request: AccessRequest | undefined): Found => {
    // Whoever deletes a request has decided that it shall not be.
    if (request === undefined) return { phase: 'Failed', request }
    const phase = requestPhase(request.status, clock.nowMs())
    return phase === 'Pending' ? { request } : { phase, request }
  }
  const find = async (name: string): Promise<Found> => foundOf(await read(name))

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
        const finish = (decided: Decided | undefined): void => {
          over()
          resolve(decided)
        }
        const gone = (): void => finish(undefined)
        const see = (found: Found): void => {
          if ('phase' in found) finish(found)
        }
        // That it left the watch is no decision: what became of it is read.
        const lookAgain = (): void =>
          void find(name).then(see, (error: unknown) => {
            over()
            reject(error)
          })
        followed.subscribe(({ type, object }) => (type === 'DELETED' ? lookAgain() : see(foundOf(object))))
        signal.addEventListener('abort', gone, { once: true })
        if (signal.aborted) return gone()
        followed.start()
        // Deleted before anybody listened.
        void followed.whenSynced().then(() => {
          if (followed.get(name) === undefined) lookAgain()
        })
      }),
  }
}
