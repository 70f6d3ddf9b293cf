import express, { Router, type NextFunction, type Request, type Response } from 'express'
import type { Registry } from 'prom-client'
import type { Upstream, UpstreamContext } from '../upstream-provider.ts'
import type { SamlConfig } from './config.ts'
import { answerLogout, beginSignOff } from './logout/sign-off.ts'
import { SUBMIT_SCRIPT } from './messages/post-form.ts'
import { serviceMetadata } from './metadata/service-metadata.ts'
import { failureOf, SamlRefused } from './refused.ts'
import { createService, type Service } from './service.ts'
import { acceptBearer, answerResponse, beginSignOn } from './sign-on.ts'

/** A message of the largest accepted size in base64, encoded for a form. */
const MAX_BODY = '512kb'

/**
 * An upstream that signs people in at a SAML 2.0 identity provider.
 * @param registry gets the metrics. Undefined: there are none.
 * @throws ConfigError for keys or files that cannot be used. An identity provider that cannot be reached is not an error: `ready` reports it.
 */
export async function makeSamlUpstream(
  config: SamlConfig & { readonly id: string; readonly label: string },
  context: UpstreamContext,
  registry?: Registry,
): Promise<Upstream> {
  const service = await createService(config, context, registry)
  return {
    id: config.id,
    label: config.label,
    begin: (interaction, wanted, response) => beginSignOn(service, { interaction, wanted }, response),
    routes: routesOf(service),
    ...(config.exchange === undefined ? {} : { verifyAssertion: (assertion: string) => acceptBearer(service, assertion) }),
    signOut: (person, _request, response) => beginSignOff(service, person, response),
    ready: () => service.provider.isUsable(),
    close: () => service.close(),
  }
}

function routesOf(service: Service): Router {
  const routes = Router({ caseSensitive: true, strict: true })
  const form = express.urlencoded({ extended: false, limit: MAX_BODY, parameterLimit: 8 })
  const { entityID, acs, slo, config } = service
  routes.get('/metadata', (_, response) => {
    const xml = serviceMetadata({ entityID, acs, slo, nameIDFormat: config.nameIDFormat }, service.keys())
    response.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).type('application/samlmetadata+xml').send(xml)
  })
  routes.get('/submit.js', (_, response) => void response.set('cache-control', 'public, max-age=3600').type('text/javascript').send(SUBMIT_SCRIPT))
  routes.post('/acs', form, (request, response) => answerResponse(service, request, response))
  // Responses come by HTTP-POST only (profiles 4.1.2): in a URL, they would stay in histories and logs.
  routes.all('/acs', (_, response) => void response.status(405).set('allow', 'POST').end())
  routes.get('/slo', (request, response) => answerLogout(service, request, response))
  routes.post('/slo', form, (request, response) => answerLogout(service, request, response))
  // Express recognizes an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  routes.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (!isBodyError(error)) return next(error)
    return service.context.done(
      { interaction: undefined, failure: failureOf(new SamlRefused('Malformed', 'the form cannot be read')) },
      request,
      response,
    )
  })
  return routes
}

/** What the parser of forms throws: too large, too many fields, an encoding that it does not know. */
const isBodyError = (error: unknown): boolean => error instanceof Error && 'type' in error && 'status' in error && Number(error.status) < 500
