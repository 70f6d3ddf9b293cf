import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createForwarder, type ForwardTarget } from '../../../apiserver/standby/forwarder.ts'

const EVERY_MS = 500
const LIMIT_MS = 1_000

/** Without a server, a connection ends. */
const standIn = (socket: Socket): void => void socket.destroy()

/**
 * Forwards kube-apiserver to the aggregated API server, or to its standby while the primary is unreachable or not ready, including paused
 * processes. For pods a Service and the standby behind it do this.
 */
export async function forwardToReadyServer(options: {
  readonly on: ForwardTarget
  readonly primary: ForwardTarget
  readonly standby: ForwardTarget
  /** Of the primary. */
  readonly readyUrl: string
  /** Of the forwarder. Optional. Defaults to its own. */
  readonly leaving?: { readonly quietMs: number; readonly mostMs: number }
}): Promise<{ readonly port: number; stop(): void }> {
  const { primary, standby, leaving } = options
  let targets: readonly ForwardTarget[] = [standby]
  const forwarder = createForwarder({ targets: () => targets, standIn, ...(leaving === undefined ? {} : { leaving }) })
  const look = async (): Promise<void> => {
    const ready = await fetch(options.readyUrl, { signal: AbortSignal.timeout(LIMIT_MS) }).then(
      (response) => response.ok,
      () => false,
    )
    // The forwarder immediately skips a primary that was ready and is gone.
    const next = ready ? [primary, standby] : [standby]
    if (next.length === targets.length) return
    targets = next
    forwarder.leave(next.slice(0, 1)) // otherwise kept-alive connections would continue to the target that is down
  }
  let timer: NodeJS.Timeout
  let stopped = false
  const again = (): void => {
    if (!stopped) timer = setTimeout(() => void look().then(again, again), EVERY_MS)
  }
  await look()
  forwarder.server.listen(options.on)
  await once(forwarder.server, 'listening')
  again()
  return {
    port: (forwarder.server.address() as AddressInfo).port,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      void forwarder.close()
    },
  }
}
