import { requestPhase, type AccessRequest, type RequestPhase } from '../../domain/access-request.ts'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'

const PATH = '/apis/jit.access/v1/accessrequests'
const pathOf = (name: string): string => `${PATH}/${encodeURIComponent(name)}`
const CONFLICT_TRIES = 5

export type Decided = { readonly phase: Exclude<RequestPhase, 'Pending'>; readonly request: AccessRequest | undefined }

type Closing = { readonly type: 'Expired' | 'Withdrawn'; readonly message: string }

/** AccessRequests, as the gateway itself sees and closes them. */
export type RequestDesk = {
  nowMs(): number
  list(): readonly AccessRequest[]
  known(name: string): AccessRequest | undefined
  /** Asks afresh. Undefined when there is none. @throws StatusError */
  read(name: string): Promise<AccessRequest | undefined>
  /** Resolves when it is decided; undefined when the signal aborts first. */
  whenDecided(name: string, signal: AbortSignal): Promise<Decided | undefined>
  /** Says that nobody decided, or that the client left. Gives what the request has become: a decision that came first stands. */
  close(name: string, as: Closing): Promise<Decided>
}

export function createRequestDesk(options: {
  readonly client: KubeClient
  readonly requests: Informer<AccessRequest>
  readonly clock: Clock
}): RequestDesk {
  const { client, requests, clock } = options

  const read = async (name: string): Promise<AccessRequest | undefined> => {
    try {
      return await client.json<AccessRequest>({ method: 'GET', path: pathOf(name) })
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined
      throw error
    }
  }
  const decidedOf = (request: AccessRequest | undefined): Decided | undefined => {
    // Whoever deletes a request has decided that it shall not be.
    if (request === undefined) return { phase: 'Failed', request }
    const phase = requestPhase(request.status, clock.nowMs())
    return phase === 'Pending' ? undefined : { phase, request }
  }

  /** Undefined when somebody else wrote first. */
  const write = async (request: AccessRequest, { type, message }: Closing, last: boolean): Promise<AccessRequest | undefined> => {
    const conditions = [...(request.status?.conditions ?? []), { type, status: 'True', reason: type, message } as const]
    try {
      const body = { ...request, status: { ...request.status, conditions } }
      return await client.json<AccessRequest>({ method: 'PUT', path: `${pathOf(request.metadata.name)}/status`, body })
    } catch (error) {
      if (!last && error instanceof StatusError && error.code === 409) return undefined
      throw error
    }
  }

  return {
    nowMs: () => clock.nowMs(),
    list: () => requests.list(),
    known: (name) => requests.get(name),
    read,
    whenDecided: (name, signal) =>
      new Promise((resolve) => {
        const finish = (decided: Decided | undefined): void => {
          unsubscribe()
          signal.removeEventListener('abort', gone)
          resolve(decided)
        }
        const gone = (): void => finish(undefined)
        const unsubscribe = requests.subscribe(({ type, object }) => {
          if (object.metadata.name !== name) return
          const decided = decidedOf(type === 'DELETED' ? undefined : object)
          if (decided !== undefined) finish(decided)
        })
        signal.addEventListener('abort', gone, { once: true })
        // It may have been decided, or the client gone, before anybody listened. Not known yet is not deleted.
        const known = requests.get(name)
        const decided = known === undefined ? undefined : decidedOf(known)
        if (signal.aborted) gone()
        else if (decided !== undefined) finish(decided)
      }),
    close: async (name, condition) => {
      for (let tries = 1; ; tries++) {
        const request = await read(name)
        const decided = decidedOf(request)
        if (request === undefined || decided !== undefined) return decided ?? { phase: 'Failed', request }
        const written = await write(request, condition, tries === CONFLICT_TRIES)
        if (written !== undefined) return decidedOf(written) ?? { phase: condition.type, request: written }
      }
    },
  }
}
