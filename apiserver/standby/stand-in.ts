import type { Socket } from 'node:net'
import type { Clock } from '../../domain/clock.ts'
import type { KubeClient } from '../../kube/client.ts'
import { createInformer } from '../../kube/informer.ts'
import type { APIServicePlace } from './config.ts'
import { createForwarder, type Forwarder } from './forwarder.ts'
import { whoServes, type Slice } from './who-serves.ts'

/** A watch normally ends every few minutes and reconnects at once. After a longer interruption the known targets may be wrong. */
const STALE_MS = 10_000

export type StandIn = {
  readonly forwarder: Forwarder
  /** Whether the targets are known. Otherwise the standby is not ready and gets no traffic. */
  settled(): boolean
  start(): void
  stop(): void
}

/** Forwards to the apiserver while it serves, and answers in its place otherwise, according to the EndpointSlices of its Service. */
export function standIn(options: {
  readonly client: KubeClient
  readonly clock: Clock
  readonly place: APIServicePlace
  readonly serve: (socket: Socket) => void
  readonly changed: (serving: boolean) => void
  readonly onError: (error: unknown) => void
}): StandIn {
  const { client, clock, changed, onError } = options
  const { namespace, service } = options.place
  const slices = createInformer<Slice>({
    client,
    clock,
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${service}` },
    onError,
  })
  const targets = () => whoServes(slices.list())
  const forwarder = createForwarder({ targets, standIn: options.serve })
  let serving: boolean | undefined
  const look = (): void => {
    const now = targets()
    forwarder.leave(now)
    if (serving === (now.length === 0)) return
    serving = now.length === 0
    changed(serving)
  }
  slices.subscribe(() => void (slices.synced() && look()))
  return {
    forwarder,
    settled: () => slices.synced() && slices.staleForMs() < STALE_MS,
    start: () => {
      slices.start()
      // Without any endpoint the informer reports no change.
      void slices.whenSynced().then(look)
    },
    stop: () => slices.stop(),
  }
}
