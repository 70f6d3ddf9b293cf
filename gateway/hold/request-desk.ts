import { requestPhase, type AccessRequest, type RequestPhase } from '../../domain/access-request.ts'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'

const PATH = '/apis/jit.access/v1/accessrequests'

export type Decided = { readonly phase: Exclude<RequestPhase, 'Pending'>; readonly request: AccessRequest | undefined }
/** What a request is at a moment: decided, or still open. */
export type Found = Decided | { readonly request: AccessRequest }

/** AccessRequests, as the gateway itself reads them. It writes none: what nobody decides ends with its pending TTL. */
export type RequestDesk = {
  nowMs(): number
  /** Those that the watch knows. It may know the undecided ones alone. */
  list(): readonly AccessRequest[]
  /** Asks afresh. Undefined when there is none. @throws StatusError */
  read(name: string): Promise<AccessRequest | undefined>
  /** Asks afresh what became of it. One that is gone has failed. @throws StatusError */
  find(name: string): Promise<Found>
  /** Resolves when it is decided; undefined when the signal aborts first. @throws StatusError when it left the watch and cannot be read */
  whenDecided(name: string, signal: AbortSignal): Promise<Decided | undefined>
}

export function createRequestDesk(options: {
  readonly client: KubeClient
  readonly requests: Informer<AccessRequest>
  readonly clock: Clock
}): RequestDesk {
  const { client, requests, clock } = options

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
    list: () => requests.list(),
    read,
    find,
    whenDecided: (name, signal) =>
      new Promise((resolve, reject) => {
        const over = (): void => {
          unsubscribe()
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
        const unsubscribe = requests.subscribe(({ type, object }) => {
          if (object.metadata.name !== name) return
          if (type !== 'DELETED') return see(foundOf(object))
          // A watch of undecided requests says the same of one that was decided as of one that was deleted.
          find(name).then(see, (error: unknown) => {
            over()
            reject(error)
          })
        })
        signal.addEventListener('abort', gone, { once: true })
        // It may have been decided, or the client gone, before anybody listened. Not known yet is not deleted.
        const known = requests.get(name)
        if (signal.aborted) gone()
        else if (known !== undefined) see(foundOf(known))
        // Approved between its filing and this moment, and never seen by a watch of undecided requests.
        else
          find(name).then(see, () => {
            // The watch goes on telling.
          })
      }),
  }
}
