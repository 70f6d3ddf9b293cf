import { createHash } from 'node:crypto'
import { API_VERSION } from '../../../../domain/api/names.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import type { KubeClient } from '../../../../kube/client.ts'
import { microTime } from '../../../../kube/election/lease.ts'
import { digestTitle } from '../../messages/digest.ts'
import type { NotificationMessage } from '../../messages/message.ts'
import { fieldsOf, titleOf } from '../../messages/message-text.ts'
import { DeliveryError, TIMEOUT_MS, type Channel } from '../channel.ts'

export type EventsOptions = { readonly client: KubeClient; readonly instance: string; readonly nowMs: () => number }

/** Kubernetes requires this namespace for Events about cluster-scoped objects. */
const PATH = '/apis/events.k8s.io/v1/namespaces/default/events'
const MAX_NOTE_BYTES = 1024
const WARNINGS: ReadonlySet<string> = new Set(['BreakGlass', 'Expiring', 'Suspended', 'PolicyBroken'])

const isWarning = (message: NotificationMessage): boolean =>
  WARNINGS.has(message.event) || (message.kind === 'AccessRequest' && message.event === 'Decided' && message.breakGlass === true)

/** What is said about it, after the title. */
function saidIn(message: NotificationMessage): string {
  if (message.kind !== 'AccessRequest')
    return `: ${fieldsOf(message)
      .map(({ label, text }) => `${label}: ${text}`)
      .join('; ')}`
  const { event, decidedBy, decision, asks } = message
  const by = decidedBy === undefined || event !== 'Decided' ? '' : ` by ${decidedBy}`
  const said = decision === undefined || event !== 'Decided' ? '' : `: ${decision}`
  return `${by}${said}. ${asks}`
}

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
export const eventNameOf = (id: string, name: string): string =>
  `${name.slice(0, MAX_STEM).replace(/[-.]+$/, '')}.${createHash('sha256').update(id).digest('hex').slice(0, 16)}`

/** Kubernetes Events about the object, which `kubectl describe` and `kubectl events` show. */
export function createEventsChannel({ client, instance, nowMs }: EventsOptions): Channel {
  const create = async (id: string, message: NotificationMessage, note: string): Promise<void> => {
    const { kind, name, uid, event } = message
    try {
      await client.json({
        method: 'POST',
        path: PATH,
        timeoutMs: TIMEOUT_MS,
        body: {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { name: eventNameOf(id, name), namespace: 'default' },
          eventTime: microTime(nowMs()),
          reportingController: 'jit.access/controller',
          reportingInstance: instance.slice(0, 128),
          action: 'Notify',
          reason: event,
          type: isWarning(message) ? 'Warning' : 'Normal',
          regarding: { apiVersion: API_VERSION, kind, name, uid },
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
      await create(message.id, message, `${titleOf(message)}${saidIn(message)}`)
      return undefined
    },
    sendDigest: async (digest) => {
      const [first] = digest.first
      if (first !== undefined) await create(digest.id, first, digestTitle(digest))
    },
  }
}
