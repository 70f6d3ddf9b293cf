import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** By then the copies of what is watched were read, mostly. */
const STARTED_MS = 1_000

function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: { readonly type: string; readonly execution: string; readonly flavor: string }) => void
  setFlagsFromString('--no-expose-gc')
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Gives back to the machine, once, what a start leaves behind: some 20 MB of sources read and compiled, which V8 would keep until there is much
 * to do. Takes less than a tenth of a second, during which nothing is served. `gc` is had for a moment and in a context of its own,
 * where `--expose-gc` on the command line would give it to everybody for good.
 */
export function giveBackMemory(): void {
  setTimeout(collect, STARTED_MS).unref()
}
