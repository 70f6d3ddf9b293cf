import type { Clock } from '../../domain/clock.ts'
import type { KubeClient } from '../../kube/client.ts'
import { createInformer, type Watched } from '../../kube/informer.ts'
import type { StandbyConfig } from './config.ts'

type Slice = Watched & {
  readonly endpoints?:
    readonly { readonly conditions?: { readonly ready?: boolean | null }; readonly targetRef?: { readonly name?: string } }[] | null
}

/** The label by which the Service finds who serves; the pods of the apiserver always have it. */
export const SERVES_LABEL = 'jit.access/serves'
const RETRY_MS = 1_000

/** Whether somebody other than `pod` serves. A missing `ready` counts as ready, as in Kubernetes. */
export const isServed = (slices: readonly Slice[], pod: string): boolean =>
  slices.some(({ endpoints }) => (endpoints ?? []).some(({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.name !== pod))

/**
 * Puts our own pod behind the Service while nobody else is, and takes it away again as soon as somebody is. In between both may
 * be there for a moment: what reaches us then is a 503 that says to repeat it. What cannot be found out changes nothing.
 */
export function standIn(options: {
  readonly client: KubeClient
  readonly clock: Clock
  readonly config: StandbyConfig
  readonly changed: (serving: boolean) => void
  readonly onTrouble: (error: unknown) => void
}): { readonly synced: () => boolean; start(): void; stop(): void } {
  const { client, config, changed, onTrouble } = options
  const { namespace, name } = config.service
  const slices = createInformer<Slice>({
    client,
    clock: options.clock,
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${name}` },
    onTrouble,
  })
  let serving: boolean | undefined
  let running = false
  let again = false
  let stopped = false

  const label = async (on: boolean): Promise<void> => {
    await client.json({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/pods/${config.pod}`,
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
        const wanted = !isServed(slices.list(), config.pod)
        if (wanted !== serving) await label(wanted)
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
    synced: slices.synced,
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
