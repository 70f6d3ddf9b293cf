import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** By then informers have read their caches, and the work that depends on them has run once. */
const EVERY_MS = 10_000
/** Above this size the process is busy, and a collection would take long. */
const SMALL_HEAP_BYTES = 96 * 1024 * 1024
/**
 * How long small collections may take in total, to tell whether a whole one is quick. Both wait for the threads of V8, which is what takes long on a
 * busy machine: at 20 processes for each processor a small one takes 13 ms instead of 0.5, and a whole one seconds.
 */
const IDLE_MS = 20
const SMALL_COLLECTIONS = 8

type Collect = (options: { readonly type: 'major' | 'minor'; readonly execution: 'sync'; readonly flavor: 'regular' | 'last-resort' }) => void

/** `gc` is exposed only briefly and in a separate context; `--expose-gc` on the command line would expose it to all code permanently. */
function collector(): Collect {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  setFlagsFromString('--no-expose-gc')
  return collect
}

/**
 * Returns the memory of startup to the system: some 20 MB of parsed and compiled sources that V8 would otherwise keep until the heap is under
 * pressure. Takes less than 100 ms of an idle processor, and on a busy machine seconds, during which no request is served. So call it before the first one.
 */
export function releaseMemory(): void {
  if (process.memoryUsage().heapTotal <= SMALL_HEAP_BYTES) collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** Whether the processors have time for this process. */
function isIdle(): boolean {
  const collect = collector()
  const started = performance.now()
  for (let count = 0; count < SMALL_COLLECTIONS; count++) {
    collect({ type: 'minor', execution: 'sync', flavor: 'regular' })
    if (performance.now() - started >= IDLE_MS) return false
  }
  return true
}

/**
 * Returns the memory of what ran only once since then, some time from ten seconds later on. Waits until the machine is not busy: kube-apiserver gives
 * discovery and webhooks five seconds.
 */
export function releaseMemoryLater(): void {
  const timer = setInterval(() => {
    if (!isIdle()) return
    clearInterval(timer)
    releaseMemory()
  }, EVERY_MS)
  timer.unref()
}
