import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MovableStore } from '../storage/movable-store.ts'
import type { Store } from '../storage/port.ts'
import type { Target } from '../standby/forwarder.ts'
import { askHolder, awaitSuccessor, type Holder, type Successor } from './wire.ts'

/** `waiting` for the store, `holding` it, or `leading` connections to who got it. */
export type KeeperState = 'waiting' | 'holding' | 'leading'

export type Keeper = {
  state(): KeeperState
  /** Where connections are to go; none: here. */
  targets(): readonly Target[]
  /** Resolves when it is known where connections are to go; undefined when it is. */
  settled(): Promise<void> | undefined
  /** The socket on which a predecessor leads connections here. */
  readonly serve: string
  /** Resolves when the store is held for the first time. @throws what `open` throws, but for a store that another process has */
  start(): Promise<void>
  /** Gives up what it has. */
  stop(): Promise<void>
}

/** How the names of `serve` begin. */
export const SERVE_PREFIX = 'serve-'
const RETRY_MS = 200
/**
 * How long a connection waits for the store to move. Then it is answered here: discovery, for which kube-apiserver waits 5 seconds, and 503 to the
 * rest.
 */
const SETTLE_MS = 1_500
const SQLITE_BUSY = 5

const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY

/**
 * Moves the one store from process to process, so that a rollout is a hand-over: the next process starts beside the old one and asks for the store
 * when it could serve; the old one closes it, and leads to the next whatever still comes to it. When the next one ends, the old one takes
 * the store back. Both are on one machine, as the volume is.
 */
export function createKeeper(options: {
  /** Where the store is. */
  readonly dir: string
  readonly open: () => Store
  readonly movable: MovableStore
  /** Called before the store is given away, while it is served as ever: resolves when connections that are kept alive are gone, mostly. */
  readonly shed: () => Promise<void>
  /** Called when no connection comes any more: resolves when what is under way is answered, mostly. */
  readonly quiet: () => Promise<void>
  readonly changed: (state: KeeperState) => void
  /** Told why no successor can ask: then it waits until this process ends. */
  readonly onTrouble: (error: unknown) => void
  /** Told why the store cannot be taken back. Nothing is done here any more. */
  readonly failed: (error: unknown) => void
}): Keeper {
  const { dir, movable } = options
  const path = join(dir, 'hand-over.sock')
  const serve = join(dir, `${SERVE_PREFIX}${randomBytes(6).toString('hex')}.sock`)
  const stopping = new AbortController()
  let state: KeeperState = 'waiting'
  let predecessor: Holder | undefined
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

  /** Undefined: another process has it. */
  const tryToOpen = (): Store | undefined => {
    try {
      return options.open()
    } catch (error) {
      if (isBusy(error)) return undefined
      throw error
    }
  }
  /** Whether the store is held: it was not stopped first. */
  const win = async (): Promise<boolean> => {
    while (!stopping.signal.aborted) {
      const holder = await askHolder(path, serve)
      let mine: Store | undefined
      try {
        const mayOpen = holder === undefined || (await holder.yields())
        if (mayOpen && !stopping.signal.aborted) mine = tryToOpen()
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

  /** Whether somebody else has it now. */
  const give = async (to: Successor): Promise<boolean> => {
    await options.shed()
    unsettle()
    await options.quiet()
    await movable.give()
    return await to.yours()
  }
  /** Holds the store until a successor has it, and leads to that until it ends. */
  const serveTurn = async (): Promise<void> => {
    predecessor?.taken()
    become('holding')
    settle()
    successor = await awaitSuccessor(path, stopping.signal).catch((error: unknown) => {
      options.onTrouble(error)
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
