import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MovableStore } from '../storage/movable-store.ts'
import type { Store } from '../storage/port.ts'
import type { ForwardTarget } from '../standby/forwarder.ts'
import { connectToHolder, awaitSuccessor, type StoreHolder, type Successor } from './protocol.ts'

/** `waiting` for the store, `holding` it, or `leading`: forwarding connections to the successor that holds it. */
export type KeeperState = 'waiting' | 'holding' | 'leading'

export type StoreKeeper = {
  state(): KeeperState
  /** Where to forward connections. Empty: serve them here. */
  targets(): readonly ForwardTarget[]
  /** Resolves when it is known where to forward connections; undefined if it is known already. */
  settled(): Promise<void> | undefined
  /** Path of the socket on which a predecessor forwards connections to this process. */
  readonly serve: string
  /** Resolves when this process holds the store for the first time. @throws what `open` throws, except when another process holds the store */
  start(): Promise<void>
  /** Releases the store and disconnects from predecessor and successor. */
  stop(): Promise<void>
}

/** Prefix of the file name of `serve`. */
export const SERVE_PREFIX = 'serve-'
const RETRY_MS = 200
/**
 * How long a connection waits while the store moves. After that it is answered here: discovery, for which kube-apiserver waits 5 seconds,
 * and 503 for everything else.
 */
const SETTLE_MS = 1_500
const SQLITE_BUSY = 5

const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY

/**
 * Hands the single store over from process to process during a rollout. The new process starts next to the old one and asks for the store
 * once it can serve. The old one closes the store and forwards connections that still arrive to the new one. If the new one exits, the old
 * one takes the store back. Both must run on the same machine, since they share the volume.
 */
export function createKeeper(options: {
  /** Directory of the store. */
  readonly dir: string
  /** @throws the error of SQLite, whose `errcode` says whether another process holds the store */
  readonly open: () => Promise<Store>
  readonly movable: MovableStore
  /** Called before the hand-over, while requests are still served. Resolves when most keep-alive connections are closed. */
  readonly shed: () => Promise<void>
  /** Called once no new connection is served. Resolves when most requests in flight are answered. */
  readonly quiet: () => Promise<void>
  readonly changed: (state: KeeperState) => void
  /** Called when successors cannot connect; they then wait until this process exits. */
  readonly onError: (error: unknown) => void
  /** Called when the store cannot be taken back. The keeper stops working then. */
  readonly failed: (error: unknown) => void
}): StoreKeeper {
  const { dir, movable } = options
  const path = join(dir, 'hand-over.sock')
  const serve = join(dir, `${SERVE_PREFIX}${randomBytes(6).toString('hex')}.sock`)
  const stopping = new AbortController()
  let state: KeeperState = 'waiting'
  let predecessor: StoreHolder | undefined
  let successor: Successor | undefined
  let settling: { readonly done: Promise<void>; readonly end: () => void } | undefined

  const become = (next: KeeperState): void => {
    state = next
    options.changed(next)
  }
  const unsettle = (): void => {
    const { promise, resolve } = Promise.withResolvers<void>()
    setTimeout(resolve, SETTLE_MS).unref()
    settling = { done: promise, end: resolve }
  }
  const settle = (): void => {
    settling?.end()
    settling = undefined
  }

  /** Undefined if another process holds the store, or this one was stopped meanwhile. */
  const tryToOpen = async (): Promise<Store | undefined> => {
    try {
      const store = await options.open()
      if (!stopping.signal.aborted) return store
      // `stop` closes the store that this process holds, and it did not hold this one yet.
      await store.close()
    } catch (error) {
      if (!isBusy(error)) throw error
    }
    return undefined
  }
  /** Waits for the store. False if this process was stopped first. */
  const win = async (): Promise<boolean> => {
    while (!stopping.signal.aborted) {
      const holder = await connectToHolder(path, serve)
      let mine: Store | undefined
      try {
        const mayOpen = holder === undefined || (await holder.yields())
        if (mayOpen && !stopping.signal.aborted) mine = await tryToOpen()
      } finally {
        if (mine === undefined) holder?.leave()
      }
      if (mine !== undefined) {
        predecessor = holder
        movable.take(mine)
        return true
      }
      await sleep(RETRY_MS)
    }
    return false
  }

  /** Hands the store over. True if the successor has opened it. */
  const give = async (to: Successor): Promise<boolean> => {
    await options.shed()
    unsettle()
    await options.quiet()
    await movable.give()
    return await to.yours()
  }
  /** Holds the store until a successor takes it, then forwards connections to the successor until it exits. */
  const serveTurn = async (): Promise<void> => {
    predecessor?.taken()
    become('holding')
    settle()
    successor = await awaitSuccessor(path, stopping.signal).catch((error: unknown) => {
      options.onError(error)
      return new Promise<undefined>((resolve) => stopping.signal.addEventListener('abort', () => resolve(undefined), { once: true }))
    })
    if (successor === undefined) return
    if (await give(successor)) {
      become('leading')
      settle()
      await successor.left()
    }
    successor.leave()
    successor = undefined
    become('waiting')
  }

  return {
    serve,
    state: () => state,
    targets: () => (successor !== undefined && state === 'leading' ? [{ path: successor.serve }] : []),
    settled: () => settling?.done,
    start: async () => {
      if (!(await win())) return
      const go = async (): Promise<void> => {
        do await serveTurn()
        while (await win())
      }
      go().catch(options.failed)
    },
    stop: async () => {
      stopping.abort()
      predecessor?.leave()
      successor?.leave()
      await movable.give()
    },
  }
}
