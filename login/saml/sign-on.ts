import type { Request, Response } from 'express'
import { UpstreamError, type Outcome, type SignedIn, type Wanted } from '../upstream-provider.ts'
import type { Facts } from './assertion/asserted-facts.ts'
import { personOf } from './assertion/person.ts'
import { verifyBearer } from './assertion/verify-bearer.ts'
import { checkShape, verifyResponse } from './assertion/verify-response.ts'
import { SAML_DEFAULTS, samlSchema } from './config.ts'
import { authnRequest } from './messages/compose-message.ts'
import { send } from './messages/send.ts'
import type { Binding, ProviderMetadata } from './metadata/read-metadata.ts'
import { withKnownKeys } from './metadata/with-known-keys.ts'
import { failureOf, SamlRefused } from './refused.ts'
import type { Service } from './service.ts'
import { decodeMessage } from './xml/base64.ts'
import { attributeOf } from './xml/elements.ts'
import { MESSAGE_LIMITS } from './xml/grammar.ts'
import { parseXml, type Parsed } from './xml/parse.ts'

/** Kind of the tickets that are the IDs of requests. */
const REQUEST = 'saml-request'
/** Time to sign in at the identity provider, second factor included. */
const REQUEST_SECONDS = 900

/** Sends the browser to the identity provider. The ID of the request is a ticket that carries the interaction, so nothing is stored. @throws UpstreamError */
export async function beginSignOn(
  service: Service,
  { interaction, wanted }: { readonly interaction: string; readonly wanted: Wanted },
  response: Response,
): Promise<void> {
  const { context, config, entityID, acs, script } = service
  try {
    const metadata = service.provider.current()
    const { binding, location } = endpointFor(metadata, config.requestBinding)
    const id = context.tickets.issue(REQUEST, interaction, REQUEST_SECONDS)
    const xml = await authnRequest(
      { entityID, id, destination: location },
      { acs, nameIDFormat: config.nameIDFormat, forceAuthn: wanted.maxAgeSeconds !== undefined },
    )
    send(response, { kind: 'SAMLRequest', xml }, { binding, location, signing: service.keys().signing, script })
  } catch (error) {
    throw new UpstreamError(failureOf(error), error)
  }
}

function endpointFor({ signOn }: ProviderMetadata, wanted: Binding | undefined): { readonly binding: Binding; readonly location: string } {
  for (const binding of wanted === undefined ? (['Redirect', 'POST'] as const) : [wanted]) {
    const endpoint = signOn[binding]
    if (endpoint !== undefined) return { binding, location: endpoint.location }
  }
  throw new SamlRefused('Metadata', 'the identity provider does not accept requests by the configured binding')
}

/** Answers a response that came by HTTP-POST. RelayState is not read: nothing that comes back decides where the browser goes. */
export async function answerResponse(service: Service, request: Request, response: Response): Promise<void> {
  const { context, config, metrics } = service
  const outcome = await outcomeOf(service, (request.body as { readonly SAMLResponse?: unknown } | undefined)?.SAMLResponse)
  if ('failure' in outcome) {
    context.log.warn('a SAML response was refused', { reason: outcome.failure.detail ?? outcome.failure.reason })
    metrics.received('Response', outcome.refusal)
    // A person who starts at the identity provider begins again here, in a way that is bound to the browser.
    if (outcome.refusal === 'Unsolicited' && config.unsolicitedURL !== undefined) return response.redirect(303, config.unsolicitedURL)
  } else metrics.received('Response', 'Success')
  await context.done(outcome, request, response)
}

type Refused = Extract<Outcome, { readonly failure: unknown }> & { readonly refusal: SamlRefused['refusal'] | 'Error' }

async function outcomeOf(service: Service, message: unknown): Promise<Exclude<Outcome, { readonly failure: unknown }> | Refused> {
  let interaction: string | undefined
  try {
    if (typeof message !== 'string') throw new SamlRefused('Malformed', 'there is no SAMLResponse')
    const document = parseXml(decodeMessage(message, MESSAGE_LIMITS.bytes))
    checkShape(document.root)
    const answered = attributeOf(document.root, 'InResponseTo')
    if (answered === undefined) throw new SamlRefused('Unsolicited', 'the response answers no request')
    interaction = service.context.tickets.read(REQUEST, answered)
    if (interaction === undefined) throw new SamlRefused('InResponseTo', 'the response answers no request that is still open')
    const facts = await withKnownKeys(service.provider, (metadata) => factsIn(service, document, { metadata, answered }))
    const person = personIn(service, facts)
    await acceptOnce(service, facts, { answered, owner: person.name })
    return { interaction, person }
  } catch (error) {
    return { interaction, failure: failureOf(error), refusal: error instanceof SamlRefused ? error.refusal : 'Error' }
  }
}

function factsIn(
  service: Service,
  document: Parsed,
  { metadata, answered }: { readonly metadata: ProviderMetadata; readonly answered: string },
): Promise<Facts> {
  return verifyResponse(document, {
    provider: metadata,
    meant: { audiences: [service.entityID], recipients: [service.acs], inResponseTo: answered },
    timing: service.timing(),
    destination: service.acs,
    decryptionKeys: service.keys().decryption.map(({ key }) => key),
    encryptedOnly: service.config.encryptedOnly === true,
  })
}

/** @throws SamlRefused Replay for an assertion, or a request, that was accepted before; what the store throws when it cannot tell */
async function acceptOnce(
  { context: { state, clock } }: Service,
  facts: Facts,
  { answered, owner }: { readonly answered: string | undefined; readonly owner: string },
): Promise<void> {
  if (answered !== undefined && (await state.remember(REQUEST, answered, { ttlSeconds: REQUEST_SECONDS, owner })) === 'seen')
    throw new SamlRefused('Replay', 'the request was answered before')
  const key = JSON.stringify([facts.issuer, facts.id])
  if ((await state.remember('saml-assertion', key, { ttlSeconds: secondsLeft(facts, clock.nowMs()), owner })) === 'seen')
    throw new SamlRefused('Replay', 'the assertion was used before')
}

/** How long any upstream could accept an assertion: all upstreams of an identity provider remember together, and the limits of another one can be wider. */
function secondsLeft({ endsAt }: Facts, nowMs: number): number {
  const { clockSkewSeconds, maxAgeSeconds } = samlSchema.properties
  const byItself = Math.ceil((endsAt - nowMs) / 1000)
  return Math.min(byItself, maxAgeSeconds.maximum + clockSkewSeconds.maximum) + clockSkewSeconds.maximum + 60
}

function personIn({ id, config, context }: Service, facts: Facts): SignedIn {
  const { signedIn, leftOut } = personOf(facts, { name: config.nameAttribute, groups: config.groupsAttribute ?? SAML_DEFAULTS.groupsAttribute }, id)
  if (leftOut.length > 0) context.log.warn('groups of a SAML assertion were left out', { count: leftOut.length, reason: leftOut.join('; ') })
  return signedIn
}

/** Whom an assertion names that an agent presents to the token endpoint. @throws UpstreamError */
export async function acceptBearer(service: Service, assertion: string): Promise<SignedIn> {
  const { config, metrics } = service
  try {
    if (config.exchange === undefined) throw new SamlRefused('Recipient', 'assertions are not accepted at the token endpoint')
    const { recipient, audiences = [recipient] } = config.exchange
    const xml = xmlIn(assertion)
    const meant = { audiences, recipients: [recipient], inResponseTo: undefined }
    const facts = await withKnownKeys(service.provider, (metadata) => verifyBearer(xml, { provider: metadata, meant, timing: service.timing() }))
    const person = personIn(service, facts)
    // Last, so that an upstream that does not accept it leaves it to another one of the same identity provider.
    await acceptOnce(service, facts, { answered: undefined, owner: person.name })
    metrics.received('Assertion', 'Success')
    return person
  } catch (error) {
    metrics.received('Assertion', error instanceof SamlRefused ? error.refusal : 'Error')
    throw new UpstreamError(failureOf(error), error)
  }
}

/** XML, or base64url (RFC 7522) with or without padding, or base64. */
function xmlIn(text: string): string {
  if (text.startsWith('<')) return text
  const standard = text.replaceAll('-', '+').replaceAll('_', '/')
  return decodeMessage(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='), MESSAGE_LIMITS.bytes)
}
