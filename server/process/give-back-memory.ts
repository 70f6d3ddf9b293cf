import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** By the first the copies of what is watched were read, mostly; by the second what follows from them was done once. */
const STARTED_MS = [1_000, 10_000]
/** Above it the process has work, and a collection would take long. */
const SMALL_HEAP_BYTES = 96 * 1024 * 1024

function collect(): void {
  if (process.memoryUsage().heapTotal > SMALL_HEAP_BYTES) return
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: { readonly type: string; readonly execution: string; readonly flavor: string }) => void
  setFlagsFromString('--no-expose-gc')
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Gives back to the machine what a start leaves behind: some 20 MB of sources read and compiled, which V8 would keep until there is much
 * to do. Takes less than a tenth of a second, during which nothing is served. `gc` is had for a moment and in a context of its own,
 * where `--expose-gc` on the command line would give it to everybody for good.
 */
export function giveBackMemory(): void {
  for (const afterMs of STARTED_MS) setTimeout(collect, afterMs).unref()
}
