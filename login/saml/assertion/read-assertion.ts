import { SamlRefused } from '../refused.ts'
import type { Element } from '../xml/dom.ts'
import { allowChildren, attributeOf, childrenNamed, instantOf, is, NS, onlyChild, optionalChild, requiredAttribute, textOf } from '../xml/elements.ts'
import { checkConditions } from './assertion-conditions.ts'
import { ENTITY, PERSISTENT, type Facts } from './asserted-facts.ts'
import type { Expected, Timing } from './parties.ts'

/**
 * Reads an assertion whose signature holds, and checks whom and when it is for.
 * @param assertion the root of the signed text
 * @throws SamlRefused
 */
export function readAssertion(assertion: Element, expected: Expected): Facts {
  const { provider, timing } = expected
  if (!is(assertion, 'assertion', 'Assertion')) throw new SamlRefused('Structure', 'the signed element is not an assertion')
  if (assertion.getAttribute('Version') !== '2.0') throw new SamlRefused('Structure', 'the assertion is not of version 2.0')
  // The signature is not part of the text that it signs.
  allowChildren(assertion, [
    'assertion:Issuer',
    'assertion:Subject',
    'assertion:Conditions',
    'assertion:Advice',
    'assertion:AuthnStatement',
    'assertion:AttributeStatement',
  ])
  const issuer = issuerOf(onlyChild(assertion, 'assertion', 'Issuer'), provider.entityID)
  const issuedAt = instantOf(assertion, 'IssueInstant')
  if (issuedAt > timing.nowMs + timing.skewMs) throw new SamlRefused('Time', 'the assertion is from the future')
  if (issuedAt + timing.maxAgeMs <= timing.nowMs - timing.skewMs) throw new SamlRefused('Time', 'the assertion is too old')
  const subject = onlyChild(assertion, 'assertion', 'Subject')
  allowChildren(subject, ['assertion:NameID', 'assertion:SubjectConfirmation'])
  const name = onlyChild(subject, 'assertion', 'NameID')
  checkConfirmations(subject, expected)
  const conditions = onlyChild(assertion, 'assertion', 'Conditions')
  checkConditions(conditions, expected)
  const format = attributeOf(name, 'Format')
  checkQualifier(name, format, provider.entityID)
  return {
    id: requiredAttribute(assertion, 'ID'),
    issuer,
    nameID: textOf(name),
    ...(format === undefined ? {} : { nameIDFormat: format }),
    ...authenticationOf(assertion, timing),
    endsAt: instantOf(conditions, 'NotOnOrAfter'),
    attributes: attributesOf(assertion),
  }
}

/** @throws SamlRefused Issuer */
export function issuerOf(element: Element, entityID: string): string {
  const issuer = textOf(element)
  if (issuer !== entityID || (attributeOf(element, 'Format') ?? ENTITY) !== ENTITY)
    throw new SamlRefused('Issuer', `${element.parentNode?.localName ?? 'a message'} is from another issuer`)
  return issuer
}

/** A persistent name means something only among its provider's. */
function checkQualifier(name: Element, format: string | undefined, entityID: string): void {
  if (format === PERSISTENT && (attributeOf(name, 'NameQualifier') || entityID) !== entityID)
    throw new SamlRefused('Name', 'the name is one of another identity provider')
}

/** Exactly one bearer confirmation, which must hold entirely (profiles 4.1.4.3). Others count for nothing. */
function checkConfirmations(subject: Element, expected: Expected): void {
  const [bearer, ...more] = childrenNamed(subject, 'assertion', 'SubjectConfirmation').filter(
    (each) => each.getAttribute('Method') === 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  )
  if (bearer === undefined || more.length > 0) throw new SamlRefused('Structure', 'the subject does not have exactly one bearer confirmation')
  allowChildren(bearer, ['assertion:NameID', 'assertion:SubjectConfirmationData'])
  checkConfirmation(onlyChild(bearer, 'assertion', 'SubjectConfirmationData'), expected)
}

function checkConfirmation(data: Element, { meant, timing: { nowMs, skewMs } }: Expected): void {
  if (!meant.recipients.includes(requiredAttribute(data, 'Recipient'))) throw new SamlRefused('Recipient', 'the assertion is for another recipient')
  if (nowMs - skewMs >= instantOf(data, 'NotOnOrAfter')) throw new SamlRefused('Time', 'the confirmation has expired')
  if (data.hasAttribute('NotBefore') && nowMs + skewMs < instantOf(data, 'NotBefore'))
    throw new SamlRefused('Time', 'the confirmation is not valid yet')
  if (attributeOf(data, 'InResponseTo') !== meant.inResponseTo) throw new SamlRefused('InResponseTo', 'the confirmation answers another request')
}

function authenticationOf(assertion: Element, { nowMs, skewMs }: Timing): Pick<Facts, 'authenticatedAt' | 'sessionEndsAt' | 'sessionIndex'> {
  const statement = onlyChild(assertion, 'assertion', 'AuthnStatement')
  const authenticatedAt = instantOf(statement, 'AuthnInstant')
  if (authenticatedAt > nowMs + skewMs) throw new SamlRefused('Time', 'the person authenticated in the future')
  const sessionEndsAt = statement.hasAttribute('SessionNotOnOrAfter') ? instantOf(statement, 'SessionNotOnOrAfter') : undefined
  if (sessionEndsAt !== undefined && nowMs - skewMs >= sessionEndsAt) throw new SamlRefused('Time', 'the session has ended')
  const sessionIndex = attributeOf(statement, 'SessionIndex')
  return { authenticatedAt, ...(sessionEndsAt === undefined ? {} : { sessionEndsAt }), ...(sessionIndex === undefined ? {} : { sessionIndex }) }
}

function attributesOf(assertion: Element): Facts['attributes'] {
  const attributes = new Map<string, string[]>()
  const statement = optionalChild(assertion, 'assertion', 'AttributeStatement')
  if (statement === undefined) return attributes
  allowChildren(statement, ['assertion:Attribute'])
  for (const attribute of childrenNamed(statement, 'assertion', 'Attribute')) {
    const name = requiredAttribute(attribute, 'Name')
    // Keycloak writes one attribute for each group, all of one name.
    const values = attributes.get(name) ?? []
    attributes.set(name, values)
    for (const value of childrenNamed(attribute, 'assertion', 'AttributeValue'))
      if (value.getAttributeNS(NS.schema, 'nil') !== 'true' && value.getAttributeNS(NS.schema, 'nil') !== '1') values.push(...plainTexts(value))
  }
  return attributes
}

/** Some identity providers put XML into attributes that nobody here reads. They are left out rather than read in a guessed way. */
const plainTexts = (value: Element): readonly string[] => (value.getElementsByTagName('*').length === 0 ? [textOf(value)] : [])
