import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** After the first, informers have mostly read their caches; after the second, the work that depends on them has run once. */
const STARTED_MS = [1_000, 10_000]
/** Above this size the process is busy, and a collection would take long. */
const SMALL_HEAP_BYTES = 96 * 1024 * 1024

function collect(): void {
  if (process.memoryUsage().heapTotal > SMALL_HEAP_BYTES) return
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: { readonly type: string; readonly execution: string; readonly flavor: string }) => void
  setFlagsFromString('--no-expose-gc')
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Returns the memory of startup to the system: some 20 MB of parsed and compiled sources that V8 would otherwise keep until the heap is under
 * pressure. Takes less than 100 ms, during which no request is served. `gc` is exposed only briefly and in a separate context; `--expose-gc` on the
 * command line would expose it to all code permanently.
 */
export function releaseStartupMemory(): void {
  for (const afterMs of STARTED_MS) setTimeout(collect, afterMs).unref()
}
