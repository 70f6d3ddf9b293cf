import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { createKeeper, type StoreKeeper } from '../../../apiserver/hand-over/keeper.ts'
import { serveForwarded } from '../../../apiserver/hand-over/serve-forwarded.ts'
import { trackRequests, pollUntil } from '../../../apiserver/hand-over/request-tracker.ts'
import { kindsOf } from '../../../apiserver/kinds.ts'
import { createHandler } from '../../../apiserver/machinery/http/handler.ts'
import { createForwarder, type ForwardTarget } from '../../../apiserver/standby/forwarder.ts'
import { createMovableStore } from '../../../apiserver/storage/movable-store.ts'
import type { Store } from '../../../apiserver/storage/port.ts'
import { openThreadedStore } from '../../../apiserver/storage/thread/threaded-store.ts'

/** An apiserver wired as in its main.ts, without TLS and kube-apiserver. */
export type Member = {
  readonly keeper: StoreKeeper
  readonly target: ForwardTarget
  readonly states: string[]
  /** Stops as on SIGTERM. */
  stop(): Promise<void>
  /** Stops as on SIGKILL. */
  kill(): Promise<void>
}

type Open = (file: string, nowMs: number) => Promise<Store>

/** `open`: opens the store. Optional. Defaults to how main.ts opens it. */
export async function startMember(dir: string, options: { readonly open?: Open } = {}): Promise<Member> {
  const clock = { nowMs: () => Date.now() }
  const movable = createMovableStore()
  const { store } = movable
  const authorizer = { allowed: () => Promise.resolve(true) }
  const handler = createHandler({
    ...kindsOf({ store, clock, authorizer }),
    store,
    clock,
    authorizer,
    authenticate: () => Promise.resolve({ username: 'admin', uid: '', groups: ['system:authenticated'], extra: {} }),
    admit: () => Promise.resolve(),
    stopping: () => movable.here(),
    failed: () => undefined,
    served: () => undefined,
  })
  const requests = trackRequests(handler)
  const server = createServer(requests.listener)
  // A server without TLS does not read from a socket that is passed in paused.
  const serve = (socket: Socket): void => void (server.emit('connection', socket), socket.resume())
  const states: string[] = []
  const failed = (error: unknown): void => void states.push(`failed ${String(error)}`)
  const open: Open = options.open ?? ((file, nowMs) => openThreadedStore(file, nowMs, { failed }))
  const keeper = createKeeper({
    dir,
    open: () => open(join(dir, 'store.db'), clock.nowMs()),
    movable,
    shed: async () => {
      requests.shed(true)
      await new Promise((resolve) => setTimeout(resolve, 100))
    },
    quiet: () => requests.answered(30_000),
    changed: (state) => {
      states.push(state)
      requests.shed(state !== 'holding')
      if (state !== 'leading') forwarder.leave([])
    },
    onError: (error) => states.push(`trouble ${String(error)}`),
    failed,
  })
  const forwarder = createForwarder({ targets: () => keeper.targets(), standIn: serve, settled: () => keeper.settled(), connectMs: 60_000 })
  const forwarded = await serveForwarded(keeper.serve, serve)
  await new Promise<void>((resolve) => forwarder.server.listen(0, '127.0.0.1', resolve))
  const end = async (): Promise<void> => {
    await keeper.stop()
    await forwarder.close()
    server.closeAllConnections()
    forwarded.close()
  }
  return {
    keeper,
    states,
    target: { host: '127.0.0.1', port: (forwarder.server.address() as AddressInfo).port },
    stop: async () => {
      requests.shed(true)
      await new Promise((resolve) => setTimeout(resolve, 100))
      movable.endWatches()
      forwarder.server.close()
      await requests.done(3_000)
      await pollUntil(1_000, () => forwarder.forwarded === 0)
      await end()
    },
    kill: end,
  }
}
