import { createHash } from 'node:crypto'
import { API_VERSION } from '../../../../domain/api/names.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import type { KubeClient } from '../../../../kube/client.ts'
import { microTime } from '../../../../kube/election/lease.ts'
import { digestTitle } from '../../messages/digest.ts'
import type { Message } from '../../messages/message.ts'
import { titleOf } from '../../messages/words.ts'
import { DeliveryError, TIMEOUT_MS, type Channel } from '../channel.ts'

export type EventsOptions = { readonly client: KubeClient; readonly instance: string; readonly nowMs: () => number }

/** Kubernetes requires this namespace for Events about cluster-scoped objects. */
const PATH = '/apis/events.k8s.io/v1/namespaces/default/events'
const MAX_NOTE_BYTES = 1024
const WARNINGS: ReadonlySet<string> = new Set(['BreakGlass', 'Expiring'])

/** Cut to whole characters: Kubernetes counts bytes. */
function noteOf(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length <= MAX_NOTE_BYTES
    ? text
    : `${bytes
        .subarray(0, MAX_NOTE_BYTES - 8)
        .toString('utf8')
        .replace(/\uFFFD+$/, '')}…`
}

const MAX_STEM = 200

/**
 * The name is derived from the event, so that a repeated attempt finds the Event instead of creating another. A cut name may end where no part of a
 * DNS subdomain may: kube-apiserver would refuse the Event, and the requester chooses the name.
 */
export const eventNameOf = (id: string, request: string): string =>
  `${request.slice(0, MAX_STEM).replace(/[-.]+$/, '')}.${createHash('sha256').update(id).digest('hex').slice(0, 16)}`

/** Kubernetes Events about the AccessRequest, which `kubectl describe` and `kubectl events` show. */
export function createEventsChannel({ client, instance, nowMs }: EventsOptions): Channel {
  const create = async (id: string, { request, uid, event, breakGlass }: Message, note: string): Promise<void> => {
    try {
      await client.json({
        method: 'POST',
        path: PATH,
        timeoutMs: TIMEOUT_MS,
        body: {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { name: eventNameOf(id, request), namespace: 'default' },
          eventTime: microTime(nowMs()),
          reportingController: 'jit.access/controller',
          reportingInstance: instance.slice(0, 128),
          action: 'Notify',
          reason: event,
          type: WARNINGS.has(event) || (event === 'Decided' && breakGlass === true) ? 'Warning' : 'Normal',
          regarding: { apiVersion: API_VERSION, kind: 'AccessRequest', name: request, uid },
          note: noteOf(note),
        },
      })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (error.code === 409) return // created by an earlier attempt
      throw new DeliveryError(error.code === 422 ? 'Rejected' : 'Unavailable', `kube-apiserver answered ${error.code}`, { cause: error })
    }
  }
  return {
    send: async (message) => {
      const by = message.decidedBy === undefined || message.event !== 'Decided' ? '' : ` by ${message.decidedBy}`
      const said = message.decision === undefined || message.event !== 'Decided' ? '' : `: ${message.decision}`
      await create(message.id, message, `${titleOf(message)}${by}${said}. ${message.asks}`)
      return undefined
    },
    sendDigest: async (digest) => {
      const [first] = digest.first
      if (first !== undefined) await create(digest.id, first, digestTitle(digest))
    },
  }
}
