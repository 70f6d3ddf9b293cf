import type { Registry } from 'prom-client'
import { ConfigError } from '../server/config.ts'
import type { UpstreamConfig } from './config/config.ts'
import { makeOidcUpstream } from './oidc/oidc-upstream.ts'
import { makeSamlUpstream } from './saml/saml-upstream.ts'
import type { Upstream, UpstreamContext } from './upstream-provider.ts'

/** Makes the upstream of an entry of the configuration, by its type. @throws ConfigError */
export const createMakeUpstream =
  (registry: Registry) =>
  async ({ id, label, saml, oidc }: UpstreamConfig, context: UpstreamContext): Promise<Upstream> => {
    if (saml !== undefined) return await makeSamlUpstream({ ...saml, id, label }, context, registry)
    if (oidc !== undefined) return await makeOidcUpstream({ ...oidc, id, label }, context, registry)
    throw new ConfigError(`.upstreams: "${id}" has no type`)
  }
