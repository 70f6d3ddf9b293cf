import { collectDefaultMetrics, Registry } from 'prom-client'

/** A part's registry, with the process metrics. Names start with `jit_PART_`; labels never hold a user, object or namespace. */
export function createMetrics(): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  return register
}
