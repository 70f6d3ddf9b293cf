import type { KeyObject } from 'node:crypto'
import { SamlRefused } from '../refused.ts'
import { rsaKeyOf } from '../xml/algorithms.ts'
import { decodeBase64 } from '../xml/base64.ts'
import type { Element } from '../xml/dom.ts'
import { attributeOf, childrenNamed, instantOf, is, isElement, NS, onlyChild, requiredAttribute, textOf } from '../xml/elements.ts'
import type { XmlLimits } from '../xml/grammar.ts'
import { parseXml } from '../xml/parse.ts'
import { verifySigned } from '../xml/signature.ts'

export type Binding = 'Redirect' | 'POST'

/** An address of the identity provider for a binding. */
export type Endpoint = { readonly location: string; readonly responseLocation: string }

/** What the metadata of an identity provider say. */
export type ProviderMetadata = {
  readonly entityID: string
  readonly keys: readonly KeyObject[]
  readonly signOn: Readonly<Partial<Record<Binding, Endpoint>>>
  readonly logout: Readonly<Partial<Record<Binding, Endpoint>>>
  /** In milliseconds. Undefined when they do not say. */
  readonly validUntil: number | undefined
  readonly cacheSeconds: number | undefined
}

/** Room for the metadata of a small federation. */
export const METADATA_LIMITS: XmlLimits = { bytes: 2 * 1024 * 1024, depth: 32, elements: 40_000, attributes: 32 }

/** More keys than any rollover has. */
const MAX_KEYS = 8
const BINDINGS: ReadonlyMap<string, Binding> = new Map([
  ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'Redirect'],
  ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', 'POST'],
])

/**
 * Reads the metadata of one identity provider.
 * @param signers keys of which one must have signed the root. Undefined: where they come from vouches for them.
 * @throws SamlRefused
 */
export function readMetadata(
  xml: string,
  entityID: string,
  { signers, nowMs }: { readonly signers?: readonly KeyObject[]; readonly nowMs: number },
): ProviderMetadata {
  // Comments are not part of what a signature covers here, and the grammar allows no place in which this could be something else.
  const document = parseXml(xml.replaceAll(/<!--[^]*?-->/g, ''), METADATA_LIMITS)
  const { root } = signers === undefined ? document : verifySigned(document, document.root, signers)
  const role = rolesOf(entityIn(root, entityID))
  const around = withAncestors(role)
  const validUntil = earliest(around.flatMap((each) => (each.hasAttribute('validUntil') ? [instantOf(each, 'validUntil')] : [])))
  if (validUntil !== undefined && validUntil <= nowMs) throw new SamlRefused('Metadata', 'the metadata have expired')
  const signOn = endpointsOf(role, 'SingleSignOnService')
  if (Object.keys(signOn).length === 0) throw new SamlRefused('Metadata', 'the metadata have no SingleSignOnService with HTTP-Redirect or HTTP-POST')
  const cacheSeconds = earliest(around.flatMap((each) => durationOf(each.getAttribute('cacheDuration') ?? '')))
  return { entityID, keys: keysOf(role), signOn, logout: endpointsOf(role, 'SingleLogoutService'), validUntil, cacheSeconds }
}

/** What holds an element ends with it: groups of entities can be nested, and each can name an end. */
function withAncestors(element: Element): readonly Element[] {
  const parent = element.parentNode
  return [element, ...(parent !== null && isElement(parent) ? withAncestors(parent) : [])]
}

const earliest = (times: readonly number[]): number | undefined => (times.length === 0 ? undefined : Math.min(...times))

function entityIn(root: Element, entityID: string): Element {
  const all = is(root, 'metadata', 'EntityDescriptor')
    ? [root]
    : is(root, 'metadata', 'EntitiesDescriptor')
      ? Array.from(root.getElementsByTagNameNS(NS.metadata, 'EntityDescriptor'))
      : []
  const [entity, ...more] = all.filter((each) => each.getAttribute('entityID') === entityID)
  if (entity === undefined || more.length > 0) throw new SamlRefused('Metadata', 'the metadata do not have exactly one entity of this ID')
  return entity
}

function rolesOf(entity: Element): Element {
  const role = onlyChild(entity, 'metadata', 'IDPSSODescriptor')
  const protocols = (attributeOf(role, 'protocolSupportEnumeration') ?? '').split(/\s+/)
  if (!protocols.includes('urn:oasis:names:tc:SAML:2.0:protocol'))
    throw new SamlRefused('Metadata', 'the identity provider does not support SAML 2.0')
  return role
}

function keysOf(role: Element): readonly KeyObject[] {
  const keys: KeyObject[] = []
  for (const descriptor of childrenNamed(role, 'metadata', 'KeyDescriptor')) {
    if ((attributeOf(descriptor, 'use') ?? 'signing') !== 'signing') continue
    for (const certificate of Array.from(descriptor.getElementsByTagNameNS(NS.signature, 'X509Certificate')))
      keys.push(rsaKeyOf(decodeBase64(textOf(certificate))))
  }
  if (keys.length === 0 || keys.length > MAX_KEYS) throw new SamlRefused('Metadata', `the metadata have ${keys.length} signing certificates`)
  return keys
}

function endpointsOf(role: Element, name: string): Partial<Record<Binding, Endpoint>> {
  const endpoints: Partial<Record<Binding, Endpoint>> = {}
  for (const service of childrenNamed(role, 'metadata', name)) {
    const binding = BINDINGS.get(requiredAttribute(service, 'Binding'))
    if (binding === undefined) continue
    const location = addressOf(requiredAttribute(service, 'Location'))
    endpoints[binding] ??= { location, responseLocation: addressOf(attributeOf(service, 'ResponseLocation') ?? location) }
  }
  return endpoints
}

/** Browsers are sent there, so it is HTTPS and nothing that runs. */
function addressOf(text: string): string {
  if (URL.parse(text)?.protocol !== 'https:') throw new SamlRefused('Metadata', 'the metadata have an address that is not HTTPS')
  return text
}

/** Only days and times: years and months have no fixed length. */
function durationOf(text: string): readonly number[] {
  const match = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d+)?S)?)?$/.exec(text)
  if (match === null) return []
  const [, days = '0', hours = '0', minutes = '0', secs = '0'] = match
  return [Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(secs)]
}
