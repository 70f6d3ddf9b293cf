import { Registry } from 'prom-client'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import type { Notification } from '../../../domain/api/notifications/notification.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { createChannelStatus } from '../../../controller/notify/channel-status.ts'
import { DeliveryError, type Channel } from '../../../controller/notify/channels/channel.ts'
import { notifyMetrics } from '../../../controller/notify/metrics.ts'
import { createNotifier, type Notifier } from '../../../controller/notify/queue/notifier.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import type { Change } from '../../../kube/informer.ts'
import { NOW, policy } from '../../domain/builders.ts'
import { at } from './notified-objects.ts'
import { notFoundAt } from '../../fakes/not-found.ts'

/** What a channel accepted: the event of one request, or a summary with its count. */
export type Accepted = { readonly channel: string; readonly said: string; readonly count: number; readonly previous?: string; readonly atMs: number }

export type NotifierFixture = {
  nowMs: number
  readonly accepted: Accepted[]
  readonly requests: Map<string, AccessRequest>
  readonly grants: Map<string, AccessGrant>
  readonly policies: Map<string, AccessPolicy>
  readonly channels: Map<string, NotificationChannel>
  readonly suspensions: Map<string, AccessSuspension>
  readonly registry: Registry
  /** The next attempts on a channel fail with these, in order; a function may also wait. */
  failures: Map<string, (DeliveryError | 'hang' | 'lost')[]>
  /** An attempt to say this fails. Optional. Defaults to none. */
  failing?: (said: string) => DeliveryError | undefined
  /** Writes of the status of requests fail while this is set. */
  saveFails: boolean
  leader: string
  put(request: AccessRequest): void
  /** Deletes a request, and reports that to every process. */
  remove(name: string): void
  readonly listeners: Set<(change: Change<AccessRequest>) => void>
  /** A process of the controller. Its memory ends with it. */
  start(name: string): Notifier
  /** Passes every second of the time. */
  run(notifier: Notifier, ms: number): Promise<void>
}

const view = <T extends { readonly metadata: { readonly name: string } }>(map: Map<string, T>) => ({
  list: () => [...map.values()],
  get: (name: string) => map.get(name),
  synced: () => true,
  staleForMs: () => 0,
  subscribe: () => () => undefined,
})

export const channelNamed = (name: string, spec: NotificationChannel['spec'] = { events: {} }): NotificationChannel => ({
  apiVersion: 'jit.access/v1',
  kind: 'NotificationChannel',
  metadata: { name, uid: `uid-${name}`, generation: 1, creationTimestamp: at(NOW - 60_000), resourceVersion: '1' },
  spec,
})

/** Everything but the API server and the receivers, which are maps in memory. Statuses are written under resource versions. */
export function createNotifierFixture(notifications: readonly Notification[] = [{ channel: 'a' }]): NotifierFixture {
  const fixture: NotifierFixture = {
    nowMs: NOW,
    accepted: [],
    requests: new Map(),
    grants: new Map(),
    policies: new Map([['agents', policy('agents', { notifications })]]),
    channels: new Map(notifications.map(({ channel }) => [channel, channelNamed(channel)])),
    suspensions: new Map(),
    registry: new Registry(),
    failures: new Map(),
    saveFails: false,
    leader: 'one',
    listeners: new Set(),
    remove: (name) => {
      const object = fixture.requests.get(name)
      fixture.requests.delete(name)
      if (object !== undefined) for (const listener of fixture.listeners) listener({ type: 'DELETED', object, old: object })
    },
    put: (request) => void fixture.requests.set(request.metadata.name, request),
    start: (name) => started(fixture, name),
    run: async (notifier, ms) => {
      for (let left = ms; left > 0; left -= 1000) {
        await notifier.pass()
        fixture.nowMs += 1000
      }
    },
  }
  return fixture
}

function clientOf(fixture: NotifierFixture): KubeClient {
  let version = 1
  const json = (call: KubeCall): unknown => {
    const [, resource = '', name = '', sub = ''] = /^\/apis\/jit.access\/v1\/(\w+)\/([\w-]+)\/?(\w*)$/.exec(call.path) ?? []
    const maps = {
      accessrequests: fixture.requests,
      accesspolicies: fixture.policies,
      accesssuspensions: fixture.suspensions,
      notificationchannels: fixture.channels,
    }
    const map = maps[resource as keyof typeof maps] as Map<string, AccessRequest>
    const current = map.get(name)
    if (current === undefined) throw notFoundAt(call.path)
    if (call.method === 'GET') return current
    if (fixture.saveFails && sub === 'notifications') throw new StatusError('ServiceUnavailable', 'down', { code: 503 })
    const next = call.body as AccessRequest
    if (next.metadata.resourceVersion !== current.metadata.resourceVersion) throw new StatusError('Conflict', 'changed', { code: 409 })
    version += 1
    const updated = { ...current, metadata: { ...current.metadata, resourceVersion: `w${version}` }, status: next.status } as AccessRequest
    map.set(name, updated)
    return updated
  }
  // As over a connection, an answer is never in the same turn.
  return {
    json: <T>(call: KubeCall) => Promise.resolve().then(() => json(call) as T),
    raw: () => Promise.reject(new Error('not used')),
    close: () => Promise.resolve(),
  }
}

function started(fixture: NotifierFixture, name: string): Notifier {
  const clock = { nowMs: () => fixture.nowMs }
  const client = clientOf(fixture)
  const registry = fixture.registry
  registry.clear()
  let count = 0
  const open = ({ metadata }: NotificationChannel): Channel => {
    const attempt = async (accepted: Omit<Accepted, 'channel' | 'atMs'>): Promise<string> => {
      const failure = fixture.failures.get(metadata.name)?.shift()
      if (failure === 'hang') await new Promise(() => undefined)
      if (failure instanceof DeliveryError) throw failure
      const fault = fixture.failing?.(accepted.said)
      if (fault !== undefined) throw fault
      await Promise.resolve()
      fixture.accepted.push({ channel: metadata.name, atMs: fixture.nowMs, ...accepted })
      if (failure === 'lost') throw new DeliveryError('Unavailable', 'the answer was lost')
      count += 1
      return `${name}-${count}`
    }
    return {
      send: (message, previous) => attempt({ said: `${message.name} ${message.event}`, count: 1, ...(previous === undefined ? {} : { previous }) }),
      sendDigest: async (digest) => void (await attempt({ said: 'summary', count: digest.count })),
    }
  }
  return createNotifier({
    client,
    clock,
    views: {
      policies: view(fixture.policies),
      channels: view(fixture.channels),
      requests: { ...view(fixture.requests), subscribe: (listener) => (fixture.listeners.add(listener), () => fixture.listeners.delete(listener)) },
      grants: view(fixture.grants),
      suspensions: view(fixture.suspensions),
    },
    leads: () => fixture.leader === name,
    consoleURL: () => undefined,
    open,
    status: createChannelStatus({ client, clock }),
    metrics: notifyMetrics(registry),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
}
