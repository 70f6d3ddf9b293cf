import { collectDefaultMetrics, Registry } from 'prom-client'

/** The registry of a server, with the process metrics. Names start with `jit_PART_`; labels never contain a user, object or namespace. */
export function createMetrics(): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  return register
}
