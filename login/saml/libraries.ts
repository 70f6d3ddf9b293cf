import { createRequire } from 'node:module'
import type { Element } from './xml/dom.ts'

/**
 * The libraries of SAML, with the types of what is used here. Importing them would load the types of browsers (`lib="dom"`) into the whole project, where
 * `Response` and others then mean something else.
 */
const require = createRequire(import.meta.url)

type Handler = (message: string) => void
type DOMParser = { parseFromString(xml: string, type: 'text/xml'): { readonly documentElement: Element | null } }

/** @xmldom/xmldom */
export const { DOMParser } = require('@xmldom/xmldom') as {
  readonly DOMParser: new (options: { readonly errorHandler: { readonly [level in 'warning' | 'error' | 'fatalError']: Handler } }) => DOMParser
}

/** Algorithms of signatures by their URI. */
type Algorithms = { readonly [uri: string]: unknown }

export type SignedXml = {
  SignatureAlgorithms: Algorithms
  HashAlgorithms: Algorithms
  CanonicalizationAlgorithms: Algorithms
  loadSignature(signature: Element): void
  /** @throws Error when the signature does not hold */
  checkSignature(xml: string): boolean
  getSignedReferences(): readonly string[]
  getCanonXml(transforms: readonly string[], node: Element): string
  addReference(reference: { readonly xpath: string; readonly transforms: readonly string[]; readonly digestAlgorithm: string }): void
  computeSignature(
    xml: string,
    options: { readonly prefix: string; readonly location: { readonly reference: string; readonly action: 'after' | 'prepend' } },
  ): void
  getSignedXml(): string
}

export type SignedXmlOptions = {
  readonly publicCert?: string
  readonly privateKey?: string
  readonly signatureAlgorithm?: string
  readonly canonicalizationAlgorithm?: string
  readonly getCertFromKeyInfo?: () => null
}

/** xml-crypto, which node-saml signs and verifies with too */
export const { SignedXml } = require('xml-crypto') as { readonly SignedXml: new (options: SignedXmlOptions) => SignedXml }

type Profile = { readonly [name: string]: unknown; getAssertion?(): { readonly [name: string]: unknown } }
type NamedInLogout = { readonly ID?: string; readonly nameID: string; readonly nameIDFormat: string; readonly sessionIndex?: string }

type SAML = {
  generateAuthorizeRequestAsync(isPassive: boolean, isPost: boolean): Promise<string>
  _generateLogoutRequest(person: NamedInLogout): Promise<string>
  _generateLogoutResponse(request: NamedInLogout, success: boolean): string
  processValidlySignedAssertionAsync(xml: string, response: string, inResponseTo: string | null): Promise<{ readonly profile: Profile }>
  checkTimestampsValidityError(nowMs: number, notBefore: string, notOnOrAfter: string, maxTimeLimitMs?: number): Error | null
}

type SamlOptions = {
  readonly idpCert: string
  readonly issuer: string
  readonly callbackUrl: string
  readonly audience?: string
  readonly idpIssuer?: string
  readonly acceptedClockSkewMs?: number
  readonly maxAssertionAgeMs?: number
  readonly entryPoint?: string
  readonly logoutUrl?: string
  readonly generateUniqueId?: () => string
  readonly identifierFormat?: string | null
  readonly forceAuthn?: boolean
  readonly disableRequestedAuthnContext?: boolean
}

/** @node-saml/node-saml */
export const { SAML } = require('@node-saml/node-saml') as { readonly SAML: new (options: SamlOptions) => SAML }
