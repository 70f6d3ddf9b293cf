import { createHash } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { seal, unseal } from '../../server/sealing/seal.ts'
import type { SealKeys } from './seal-keys.ts'
import type { Item, StateStore } from './store.ts'

export type Content = { readonly [name: string]: unknown }
/** `version`: what `replace` and `remove` name. */
export type Found = { readonly content: Content; readonly expiresAtMs: number; readonly version: string }

/**
 * What the replicas share, by type and key. A key is hashed, and content is sealed together with type and key: who reads the store learns no code or token, and who
 * writes it cannot make one or move one to another key.
 */
export type SharedState = {
  get(type: string, key: string): Promise<Found | undefined>
  /** The version that was made. Undefined: it is there already. `owner`: who has a bound of their own. @throws StatusError TooManyRequests when this replica has made too many */
  create(
    type: string,
    key: string,
    item: { readonly content: Content; readonly ttlSeconds: number; readonly owner?: string },
  ): Promise<string | undefined>
  /** The new version. Undefined: another replica changed or removed it meanwhile. */
  replace(
    type: string,
    key: string,
    item: { readonly content: Content; readonly ttlSeconds: number; readonly version: string },
  ): Promise<string | undefined>
  remove(type: string, key: string, version?: string): Promise<boolean>
}

/** How many live items of a type one replica may have made, for all and for one owner. */
export type Bound = { readonly all: number; readonly each: number }
export type Bounds = { readonly [type: string]: Bound }

const DEFAULT_BOUND: Bound = { all: 20_000, each: 200 }

const nameOf = (type: string, key: string): string => createHash('sha256').update(`${type}\0${key}`).digest('hex')

/**
 * Counts the items that this replica made and that have not expired. It forgets them with the process; they expire all the same. What it returns takes one out again:
 * an attempt that makes nothing takes no room, and may be repeated by anybody.
 */
function createCounts(bounds: Bounds, clock: Clock): (type: string, owner: string | undefined, expiresAtMs: number) => () => void {
  const ends = new Map<string, number[]>()
  const liveOf = (key: string): number[] => {
    const live = (ends.get(key) ?? []).filter((end) => end > clock.nowMs())
    if (live.length === 0) ends.delete(key)
    else ends.set(key, live)
    return live
  }
  const sweep = (): void => {
    for (const key of ends.keys()) liveOf(key)
  }
  let sweptAtMs = clock.nowMs()
  return (type, owner, expiresAtMs) => {
    if (clock.nowMs() - sweptAtMs > 60_000) {
      sweep()
      sweptAtMs = clock.nowMs()
    }
    const { all, each } = bounds[type] ?? DEFAULT_BOUND
    const counted = owner === undefined ? [] : [{ key: `${type}\0${owner}`, bound: each }]
    const full = [{ key: type, bound: all }, ...counted].find(({ key, bound }) => liveOf(key).length >= bound)
    if (full !== undefined)
      throw new StatusError('TooManyRequests', 'too many people or programs sign in at the same time; try again in a minute', {
        details: { retryAfterSeconds: 60 },
      })
    const keys = [type, ...counted.map(({ key }) => key)]
    for (const key of keys) ends.set(key, [...liveOf(key), expiresAtMs])
    return () => {
      for (const key of keys) {
        const live = liveOf(key)
        const at = live.indexOf(expiresAtMs)
        if (at >= 0) ends.set(key, live.toSpliced(at, 1))
      }
    }
  }
}

export function createSharedState(
  store: StateStore,
  { keys, clock, bounds = {} }: { readonly keys: () => SealKeys; readonly clock: Clock; readonly bounds?: Bounds },
): SharedState {
  const count = createCounts(bounds, clock)
  const sealed = ({ name, type }: { readonly name: string; readonly type: string }, content: Content, expiresAtMs: number): Promise<string> =>
    seal(keys().state, { claims: { content, type, name }, expiresAtMs })
  const get: SharedState['get'] = async (type, key) => {
    const name = nameOf(type, key)
    const stored = await store.get(name)
    if (stored === undefined || stored.expiresAtMs <= clock.nowMs()) return undefined
    const claims = await unseal(keys().state, { token: stored.value, nowMs: clock.nowMs() })
    if (claims === undefined || claims['name'] !== name || claims['type'] !== type) return undefined
    // The end in the store is not sealed: who writes there must not prolong what is written again with the same end.
    const expiresAtMs = Math.min(stored.expiresAtMs, (claims.exp ?? 0) * 1000)
    return { content: claims['content'] as Content, expiresAtMs, version: stored.version }
  }
  const make = async (name: string, item: Item): Promise<string | undefined> => {
    const made = await store.create(name, item)
    if (made !== undefined) return made
    // Expired, and not swept yet: it does not count as there.
    const there = await store.get(name)
    if (there === undefined || there.expiresAtMs > clock.nowMs()) return undefined
    return await store.replace(name, { ...item, version: there.version })
  }
  return {
    get,
    create: async (type, key, { content, ttlSeconds, owner }) => {
      const name = nameOf(type, key)
      const expiresAtMs = clock.nowMs() + ttlSeconds * 1000
      const forget = count(type, owner, expiresAtMs)
      // What fails stays counted: it may have been made all the same.
      const made = await make(name, { type, value: await sealed({ name, type }, content, expiresAtMs), expiresAtMs })
      if (made === undefined) forget()
      return made
    },
    replace: async (type, key, { content, ttlSeconds, version }) => {
      const name = nameOf(type, key)
      const expiresAtMs = clock.nowMs() + ttlSeconds * 1000
      return await store.replace(name, { type, value: await sealed({ name, type }, content, expiresAtMs), expiresAtMs, version })
    },
    remove: (type, key, version) => store.remove(nameOf(type, key), version),
  }
}
