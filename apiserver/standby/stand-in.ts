import type { Clock } from '../../domain/clock.ts'
import type { KubeClient } from '../../kube/client.ts'
import { createInformer, type Watched } from '../../kube/informer.ts'
import type { Place } from './config.ts'

type Slice = Watched & {
  readonly endpoints?:
    readonly { readonly conditions?: { readonly ready?: boolean | null }; readonly targetRef?: { readonly name?: string } }[] | null
}

/** The label by which the Service finds who serves; the pods of the apiserver always have it. */
const SERVES_LABEL = 'jit.access/serves'
const RETRY_MS = 1_000
/** A watch ends every few minutes and is back in a moment; away for longer, what we know may be wrong. */
const STALE_MS = 10_000

/** Whether somebody other than `pod` serves. A missing `ready` counts as ready, as in Kubernetes. */
export const isServed = (slices: readonly Slice[], pod: string): boolean =>
  slices.some(({ endpoints }) => (endpoints ?? []).some(({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.name !== pod))

export type StandIn = {
  /** Whether we know who serves and have the place that follows from it. */
  settled(): boolean
  start(): void
  stop(): void
}

/**
 * Puts our own pod behind the Service while nobody else is, and takes it away again as soon as somebody is. In between both may
 * be there for a moment: what reaches us then is a 503 that says to repeat it. While it cannot be found out who serves, the label
 * stays as it is and `settled` is false: not ready, we get no traffic.
 */
export function standIn(options: {
  readonly client: KubeClient
  readonly clock: Clock
  readonly place: Place
  readonly changed: (serving: boolean) => void
  readonly onTrouble: (error: unknown) => void
}): StandIn {
  const { client, changed, onTrouble } = options
  const { namespace, service, pod } = options.place
  const slices = createInformer<Slice>({
    client,
    clock: options.clock,
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${service}` },
    onTrouble,
  })
  let serving: boolean | undefined
  let running = false
  let again = false
  let stopped = false

  const wanted = (): boolean => !isServed(slices.list(), pod)

  const label = async (on: boolean): Promise<void> => {
    await client.json({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/pods/${pod}`,
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { [SERVES_LABEL]: on ? 'apiserver' : null } } },
    })
    serving = on
    changed(on)
  }

  const settle = async (): Promise<void> => {
    if (running) return void (again = true)
    running = true
    try {
      do {
        again = false
        const on = wanted()
        if (on !== serving) await label(on)
      } while (again)
    } catch (error) {
      onTrouble(error)
      if (!stopped) setTimeout(() => void settle(), RETRY_MS).unref()
    } finally {
      running = false
    }
  }

  slices.subscribe(() => void (slices.synced() && settle()))
  return {
    settled: () => slices.synced() && slices.staleForMs() < STALE_MS && serving === wanted(),
    start: () => {
      slices.start()
      // With no endpoint at all no change is told.
      void slices.whenSynced().then(() => settle())
    },
    stop: () => {
      stopped = true
      slices.stop()
    },
  }
}
