import type { UpstreamConfig } from './config/config.ts'
import type { Upstream, UpstreamContext } from './upstream.ts'
import { ConfigError } from '../server/config.ts'

/** The upstream of an entry of the configuration, by its type. @throws ConfigError */
export function makeUpstream({ id }: UpstreamConfig, _context: UpstreamContext): Promise<Upstream> {
  return Promise.reject(new ConfigError(`.upstreams: "${id}" has no type`))
}
