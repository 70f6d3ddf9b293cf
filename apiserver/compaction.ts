import type { Store } from './storage/port.ts'

/** Watches can resume within this time. It equals kube-apiserver's default etcd compaction interval. */
const KEPT_MS = 10 * 60_000
const STEP_MS = 60_000

/** Compacts history that is older than ten minutes. Samples the current version once per step to know which version is how old. */
export function compactRegularly(store: Store, failed: (error: unknown) => void): { stop(): void } {
  const versions: number[] = []
  const step = async (): Promise<void> => {
    versions.push(await store.current())
    const old = versions.length > KEPT_MS / STEP_MS ? versions.shift() : undefined
    if (old !== undefined) await store.compact(old)
  }
  const timer = setInterval(() => void step().catch(failed), STEP_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
