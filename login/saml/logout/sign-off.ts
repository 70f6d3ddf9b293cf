import type { Request, Response } from 'express'
import { createHash, randomBytes } from 'node:crypto'
import { html } from '../../../server/html/html.ts'
import { layout } from '../../pages/layout.ts'
import { titleOf } from '../../pages/message-page.ts'
import type { SignedIn } from '../../upstream-provider.ts'
import { logoutRequest, logoutResponse } from '../messages/compose-message.ts'
import { readRedirectQuery } from '../messages/redirect-query.ts'
import { send } from '../messages/send.ts'
import type { Binding, Endpoint, ProviderMetadata } from '../metadata/read-metadata.ts'
import { withKnownKeys } from '../metadata/with-known-keys.ts'
import { failureOf, SamlRefused } from '../refused.ts'
import type { Service } from '../service.ts'
import { decodeMessage } from '../xml/base64.ts'
import type { Element } from '../xml/dom.ts'
import { MESSAGE_LIMITS } from '../xml/grammar.ts'
import { parseXml } from '../xml/parse.ts'
import { verifySigned } from '../xml/signature.ts'
import { readLogoutRequest, readLogoutResponse, type LogoutRules } from './read-logout.ts'

const LOGOUT = 'saml-logout'
const LOGOUT_SECONDS = 600
/** SAML bounds RelayState to 80 bytes; some identity providers send more. */
const MAX_RELAY_STATE = 1024

/** Whose room a logout takes. A hash, since it is in the ID of our request. */
const ownerOf = (nameID: string): string => createHash('sha256').update(nameID).digest('hex')

type Received = {
  readonly kind: 'SAMLRequest' | 'SAMLResponse'
  readonly root: Element
  readonly binding: Binding
  readonly relayState: string | undefined
}

const preferred = (endpoints: ProviderMetadata['logout'], first: Binding): { readonly binding: Binding; readonly endpoint: Endpoint } | undefined => {
  for (const binding of [first, 'Redirect', 'POST'] as const) {
    const endpoint = endpoints[binding]
    if (endpoint !== undefined) return { binding, endpoint }
  }
  return undefined
}

/**
 * Sends the browser to the identity provider to end its session too. False: it has no single logout, its metadata cannot be used now, or the session is not
 * one of SAML.
 */
export async function beginSignOff(service: Service, { logout }: SignedIn, response: Response): Promise<boolean> {
  const { context, entityID, script } = service
  if (logout === undefined || !service.provider.isUsable()) return false
  const to = preferred(service.provider.current().logout, 'Redirect')
  if (to === undefined) return false
  // Each request has an ID of its own: a ticket with the same text, made in the same second, is the same.
  const text = `${ownerOf(logout.nameID)}_${randomBytes(16).toString('hex')}`
  const id = context.tickets.issue(LOGOUT, text, LOGOUT_SECONDS)
  const destination = to.endpoint.location
  const xml = await logoutRequest({ entityID, id, destination }, logout)
  send(response, { kind: 'SAMLRequest', xml }, { binding: to.binding, location: destination, signing: service.keys().signing, script })
  return true
}

/** Answers what the identity provider sends through the browser: a request to end sessions, or the answer to ours. */
export async function answerLogout(service: Service, request: Request, response: Response): Promise<void> {
  let message: 'LogoutRequest' | 'LogoutResponse' = 'LogoutRequest'
  try {
    const [metadata, received] = await withKnownKeys(service.provider, (known) => [known, receive(request, known)] as const)
    const rules: LogoutRules = { entityID: metadata.entityID, destination: service.slo, timing: service.timing() }
    if (received.kind === 'SAMLResponse') {
      message = 'LogoutResponse'
      await finish(service, response, readLogoutResponse(received.root, rules))
    } else await endSessions(service, response, { received, metadata, rules })
    service.metrics.received(message, 'Success')
  } catch (error) {
    const { message: words, detail } = failureOf(error)
    service.metrics.received(message, error instanceof SamlRefused ? error.refusal : 'Error')
    service.context.log.warn('a SAML logout was refused', { reason: detail ?? 'unknown' })
    page(response, error instanceof SamlRefused ? 400 : 503, words)
  }
}

function receive(request: Request, { keys }: ProviderMetadata): Received {
  if (request.method === 'GET') {
    const { kind, document, relayState } = readRedirectQuery(request.originalUrl.split('?').slice(1).join('?'), keys)
    return { kind, root: document.root, binding: 'Redirect', relayState }
  }
  const { SAMLRequest, SAMLResponse, RelayState } = (request.body ?? {}) as { readonly [name: string]: unknown }
  const [given, kind] = SAMLRequest === undefined ? [SAMLResponse, 'SAMLResponse' as const] : [SAMLRequest, 'SAMLRequest' as const]
  if (typeof given !== 'string' || (SAMLRequest !== undefined && SAMLResponse !== undefined))
    throw new SamlRefused('Malformed', 'there is not exactly one message')
  const document = parseXml(decodeMessage(given, MESSAGE_LIMITS.bytes))
  // Only what is signed is read.
  const { root } = verifySigned(document, document.root, keys)
  return { kind, root, binding: 'POST', relayState: typeof RelayState === 'string' ? RelayState : undefined }
}

async function endSessions(
  service: Service,
  response: Response,
  { received, metadata, rules }: { readonly received: Received; readonly metadata: ProviderMetadata; readonly rules: LogoutRules },
): Promise<void> {
  const { context, entityID, script, id: upstream } = service
  const { id, names } = readLogoutRequest(received.root, rules)
  const { maxAgeMs, skewMs } = rules.timing
  const until = { ttlSeconds: Math.ceil((maxAgeMs + 2 * skewMs) / 1000) + 60, owner: ownerOf(names[0].nameID) }
  if ((await context.state.remember(LOGOUT, `request ${id}`, until)) === 'seen') throw new SamlRefused('Replay', 'the logout was asked for before')
  for (const name of names) await context.ended(upstream, name)
  const to = preferred(metadata.logout, received.binding)
  if (to === undefined) return page(response, 200, 'You are signed out.')
  const destination = to.endpoint.responseLocation
  const xml = logoutResponse({ entityID, id: `r${randomBytes(16).toString('hex')}`, destination }, id)
  const relayState = received.relayState !== undefined && received.relayState.length <= MAX_RELAY_STATE ? received.relayState : undefined
  send(response, { kind: 'SAMLResponse', xml, relayState }, { binding: to.binding, location: destination, signing: service.keys().signing, script })
}

async function finish({ context }: Service, response: Response, { inResponseTo, ended }: ReturnType<typeof readLogoutResponse>): Promise<void> {
  const [owner] = context.tickets.read(LOGOUT, inResponseTo)?.split('_') ?? []
  if (owner === undefined) throw new SamlRefused('InResponseTo', 'the logout answers no request that is still open')
  if ((await context.state.remember(LOGOUT, `response ${inResponseTo}`, { ttlSeconds: LOGOUT_SECONDS, owner })) === 'seen')
    throw new SamlRefused('Replay', 'the logout was answered before')
  if (ended) return response.redirect(303, '/signed-out')
  page(response, 200, 'You are signed out here. Your identity provider did not end its own session: close your browser, or sign out there.')
}

function page(response: Response, status: number, words: string): void {
  response
    .status(status)
    .set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    .type('html')
    .send(layout({ title: status < 400 ? 'Signed out' : titleOf(status), body: html`<p>${words}</p>` }))
}
