import { setFlagsFromString } from 'node:v8'

/**
 * How far the heap may grow after a collection of all of it until the next one, in percent of what was left. The buffers of a stream count towards
 * it. V8's own choice for a small heap is 8 MB, which a stream fills several times a second. V8 still keeps the heap below its maximum, which it derives from
 * the memory limit of the container.
 */
const GROWTH_PERCENT = 200

/** For a server that passes on large responses: collections of the whole heap took up to a third of its CPU. */
export function growHeapFurther(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
}
