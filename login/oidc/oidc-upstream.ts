import { Router, type Response } from 'express'
import * as oidc from 'openid-client'
import type { Registry } from 'prom-client'
import { reasonOf } from '../../server/log.ts'
import type { Upstream, UpstreamContext } from '../upstream-provider.ts'
import type { OidcConfig } from './config.ts'
import { createService, type OidcService } from './service.ts'
import { answerSignIn, beginSignIn } from './sign-in.ts'

/**
 * An upstream that signs people in at an OpenID Connect provider.
 * @throws ConfigError for a CA that cannot be read. A provider that cannot be reached is not an error: `ready` says so.
 */
export async function makeOidcUpstream(
  config: OidcConfig & { readonly id: string; readonly label: string },
  context: UpstreamContext,
  registry: Registry,
): Promise<Upstream> {
  const service = await createService(config, context, registry)
  return {
    id: config.id,
    label: config.label,
    begin: (interaction, wanted, response) => beginSignIn(service, { interaction, wanted }, response),
    routes: routesOf(service),
    signOut: (_person, _request, response) => Promise.resolve(endSession(service, response)),
    ready: () => service.provider.known() !== undefined,
    close: () => service.close(),
  }
}

function routesOf(service: OidcService): Router {
  const routes = Router({ caseSensitive: true, strict: true })
  routes.get('/callback', (request, response, next) => {
    answerSignIn(service, request, response).catch(next)
  })
  // Codes come in the query alone: a form of another site has no place here.
  routes.all('/callback', (_, response) => void response.status(405).set('allow', 'GET').end())
  return routes
}

/** The provider asks the person before it signs out, since it gets no ID token as a hint: login keeps none. */
function endSession({ id, provider, context }: OidcService, response: Response): boolean {
  const server = provider.known()
  if (server?.serverMetadata().end_session_endpoint === undefined) return false
  try {
    const location = oidc.buildEndSessionUrl(server, { post_logout_redirect_uri: new URL('/signed-out', context.url).href })
    response.redirect(303, location.href)
    return true
  } catch (error) {
    // An endpoint without TLS. The sign-ins here have ended all the same.
    context.log.warn('sign-out.provider-unknown', { upstream: id, error: reasonOf(error) })
    return false
  }
}
