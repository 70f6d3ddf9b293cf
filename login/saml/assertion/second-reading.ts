import { isObject } from '../../../domain/is-object.ts'
import { SAML } from '../libraries.ts'
import { SamlRefused } from '../refused.ts'
import type { Facts } from './asserted-facts.ts'
import type { Expected } from './parties.ts'

/** The assertion as xml2js reads it: a parser of its own (sax), which shares no code with the first one. */
type Read = { readonly [name: string]: unknown }

/** Opens the judgement of node-saml about an assertion whose signature holds, at a given time. */
class Judge extends SAML {
  readonly #nowMs: number
  constructor({ provider, timing }: Expected, audience: string) {
    super({
      idpCert: 'unused: the signature was verified before',
      issuer: audience,
      callbackUrl: 'urn:unused',
      audience,
      idpIssuer: provider.entityID,
      acceptedClockSkewMs: timing.skewMs,
      maxAssertionAgeMs: timing.maxAgeMs,
    })
    this.#nowMs = timing.nowMs
  }

  async judge(xml: string): Promise<{ readonly profile: Read; readonly assertion: Read }> {
    const { profile } = await this.processValidlySignedAssertionAsync(xml, '', null)
    const assertion: unknown = profile.getAssertion?.()['Assertion']
    if (!isObject(assertion)) throw new Error('there is no assertion')
    return { profile, assertion }
  }

  // The library's own parameters.
  // oxlint-disable-next-line max-params
  override checkTimestampsValidityError(_: number, notBefore: string, notOnOrAfter: string, max?: number): Error | null {
    return super.checkTimestampsValidityError(this.#nowMs, notBefore, notOnOrAfter, max)
  }
}

/**
 * Reads the signed text again with node-saml. Both readings must accept it, and find the same person: what two parsers read differently is nothing
 * that anybody should be signed in by.
 * @throws SamlRefused
 */
export async function confirmReading(signedText: string, facts: Facts, expected: Expected): Promise<void> {
  let read: Awaited<ReturnType<Judge['judge']>> | undefined
  let refused = 'does not accept the assertion'
  for (const audience of expected.meant.audiences) {
    read ??= await new Judge(expected, audience).judge(signedText).catch((error: unknown) => void (refused = causeOf(error)))
  }
  if (read === undefined) throw new SamlRefused('Structure', `the second reading ${refused}`)
  const { profile, assertion } = read
  const same =
    profile['issuer'] === facts.issuer &&
    profile['nameID'] === (facts.nameID === '' ? undefined : facts.nameID) &&
    profile['sessionIndex'] === facts.sessionIndex &&
    sameAttributes(attributesIn(assertion), facts.attributes)
  if (!same) throw new SamlRefused('Structure', 'the two readings of the assertion differ')
}

/** The messages of the library quote values, so only their first words are kept. */
const causeOf = (error: unknown): string => (error instanceof Error ? `says ${error.message.slice(0, 30)}` : 'failed')

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const propertyOf = (value: unknown, name: string): unknown => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined)

function attributesIn(assertion: Read): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, string[]>()
  for (const statement of listOf(assertion['AttributeStatement']))
    for (const attribute of listOf(propertyOf(statement, 'Attribute'))) {
      const name = String(propertyOf(propertyOf(attribute, '$'), 'Name'))
      const values = attributes.get(name) ?? []
      attributes.set(name, values)
      for (const value of listOf(propertyOf(attribute, 'AttributeValue'))) {
        const text = textIn(value)
        if (text !== undefined) values.push(text)
      }
    }
  return attributes
}

/** Undefined for what the first reading leaves out: elements inside, and `xsi:nil`. */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!isObject(value)) return undefined
  const { _: text = '', $: attributes, ...elements } = value
  const nil = isObject(attributes) && Object.entries(attributes).some(([name, flag]) => /(?:^|:)nil$/.test(name) && (flag === 'true' || flag === '1'))
  return nil || Object.keys(elements).length > 0 ? undefined : String(text)
}

/** xml2js leaves out text of blanks only. */
const comparable = (value: string): string => (value.trim() === '' ? '' : value)

function sameAttributes(one: ReadonlyMap<string, readonly string[]>, other: ReadonlyMap<string, readonly string[]>): boolean {
  if (one.size !== other.size) return false
  for (const [name, values] of one) {
    const others = other.get(name)
    if (others?.length !== values.length || values.some((value, index) => comparable(value) !== comparable(others[index] ?? ''))) return false
  }
  return true
}
