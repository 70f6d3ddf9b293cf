import type { Registry } from 'prom-client'
import { ConfigError } from '../server/config.ts'
import type { UpstreamConfig } from './config/config.ts'
import { makeSamlUpstream } from './saml/upstream.ts'
import type { Upstream, UpstreamContext } from './upstream.ts'

/** The upstream of an entry of the configuration, by its type. @throws ConfigError */
export function makeUpstream({ id, label, saml }: UpstreamConfig, context: UpstreamContext, registry: Registry): Promise<Upstream> {
  if (saml !== undefined) return makeSamlUpstream({ ...saml, id, label }, context, registry)
  return Promise.reject(new ConfigError(`.upstreams: "${id}" has no type`))
}
