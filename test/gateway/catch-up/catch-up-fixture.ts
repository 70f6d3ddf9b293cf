import { createCatchUp } from '../../../gateway/catch-up/catch-up.ts'
import { ClusterModel } from './cluster-model.ts'
import { VirtualTime } from './virtual-time.ts'

export function setup() {
  const time = new VirtualTime()
  const cluster = new ClusterModel(time)
  return { time, cluster, catchUp: createCatchUp(cluster.options()) }
}

export type Went = { went?: 'well' | 'badly'; atMs?: number; error?: unknown }

/** Tracks the outcome of a promise. */
export function watched(promise: Promise<void>, time: VirtualTime): Went {
  const seen: Went = {}
  promise.then(
    () => Object.assign(seen, { went: 'well', atMs: time.nowMs() }),
    (error: unknown) => Object.assign(seen, { went: 'badly', atMs: time.nowMs(), error }),
  )
  return seen
}
