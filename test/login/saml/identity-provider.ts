import { createCipheriv, createPrivateKey, publicEncrypt, constants, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import { SignedXml } from '../../../login/saml/libraries.ts'
import { authorityOf } from '../../fakes/localhost.ts'

/** A key of a party of SAML, with its certificate. */
export type SamlKey = { readonly cert: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }

export async function samlKey(name: string): Promise<SamlKey> {
  const { cert, key } = await authorityOf(name)
  return { cert, privateKey: createPrivateKey(key), publicKey: new X509Certificate(cert).publicKey }
}

export const SP = 'https://login.test/upstream/corp/metadata'
export const ACS = 'https://login.test/upstream/corp/acs'
export const IDP = 'https://idp.test/realms/corp'
export const NOW = Date.parse('2026-03-01T12:00:00Z')

export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()

/** The parts of a response, each of which a test can replace. */
export type Parts = {
  readonly responseID: string
  readonly assertionID: string
  readonly issuer: string
  readonly responseIssuer: string
  readonly audience: string
  readonly destination: string
  readonly recipient: string
  /** Attributes of XML: InResponseTo of the response, and of the confirmation. */
  readonly answers: string
  readonly confirms: string
  readonly issued: string
  readonly conditions: string
  readonly confirmedUntil: string
  readonly nameID: string
  readonly authenticated: string
  readonly attributes: string
  readonly status: string
}

export const attribute = (name: string, ...values: readonly string[]): string =>
  `<saml:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">${values
    .map(
      (value) =>
        `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">${value}</saml:AttributeValue>`,
    )
    .join('')}</saml:Attribute>`

export const parts = (changed: Partial<Parts> = {}): Parts => ({
  responseID: '_response1',
  assertionID: '_assertion1',
  issuer: IDP,
  responseIssuer: IDP,
  audience: SP,
  destination: ACS,
  recipient: ACS,
  answers: ' InResponseTo="r1"',
  confirms: ' InResponseTo="r1"',
  issued: at(0),
  conditions: `NotBefore="${at(-5)}" NotOnOrAfter="${at(60)}"`,
  confirmedUntil: ` NotOnOrAfter="${at(60)}"`,
  nameID: '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada</saml:NameID>',
  authenticated: `<saml:AuthnStatement AuthnInstant="${at(-10)}" SessionIndex="s1" SessionNotOnOrAfter="${at(3600)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
  attributes: `<saml:AttributeStatement>${attribute('email', 'ada@corp.test')}${attribute('groups', 'oncall', 'dev')}</saml:AttributeStatement>`,
  status: '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
  ...changed,
})

export const assertionOf = (given: Partial<Parts> = {}): string => {
  const p = parts(given)
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${p.assertionID}" Version="2.0" IssueInstant="${p.issued}"><saml:Issuer>${p.issuer}</saml:Issuer><saml:Subject>${p.nameID}<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData${p.confirms}${p.confirmedUntil} Recipient="${p.recipient}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions ${p.conditions}><saml:AudienceRestriction><saml:Audience>${p.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>${p.authenticated}${p.attributes}</saml:Assertion>`
}

export const responseAround = (assertion: string, given: Partial<Parts> = {}): string => {
  const p = parts(given)
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${p.responseID}" Version="2.0" IssueInstant="${p.issued}" Destination="${p.destination}"${p.answers}><saml:Issuer>${p.responseIssuer}</saml:Issuer>${p.status}${assertion}</samlp:Response>`
}

export type SignOptions = {
  readonly algorithm?: string
  readonly digest?: string
  readonly canonical?: string
  readonly transforms?: readonly string[]
  readonly cert?: string
}

export const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** Signs the element of this name, after its Issuer, as identity providers do. */
export function sign(
  xml: string,
  name: 'Assertion' | 'Response' | 'LogoutRequest' | 'LogoutResponse' | 'EntityDescriptor',
  key: SamlKey,
  options: SignOptions = {},
): string {
  const place = `//*[local-name(.)='${name}']`
  const signed = new SignedXml({
    privateKey: key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicCert: options.cert ?? key.cert,
    // KeyInfo names the certificate, as identity providers do.
    signatureAlgorithm: options.algorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: options.canonical ?? EXC,
  })
  signed.addReference({
    xpath: place,
    transforms: options.transforms ?? [ENVELOPED, EXC],
    digestAlgorithm: options.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  const issuer = `${place}/*[local-name(.)='Issuer']`
  const location =
    name === 'EntityDescriptor' ? ({ reference: place, action: 'prepend' } as const) : ({ reference: issuer, action: 'after' } as const)
  signed.computeSignature(xml, { prefix: 'ds', location })
  return signed.getSignedXml()
}

/** A response as it should be: its assertion is signed, and then the response. */
export const signedResponse = (key: SamlKey, given: Partial<Parts> = {}): string =>
  sign(responseAround(sign(assertionOf(given), 'Assertion', key), given), 'Response', key)

const value = (bytes: Buffer): string => `<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`

export type EncryptOptions = {
  readonly cipher?: keyof typeof CIPHERS
  readonly transport?: 'oaep-sha1' | 'oaep-sha256' | 'pkcs1'
  /** Defaults to a key of the length that the cipher needs. */
  readonly key?: Buffer
  /** What fills the last block of CBC. Defaults to bytes that are all the same, as in PKCS#7. */
  readonly filling?: (length: number) => Buffer
}

const CIPHERS = {
  'aes-256-gcm': 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'aes-128-gcm': 'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'aes-256-cbc': 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'aes-128-cbc': 'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
} as const

function seal(plain: Buffer, key: Buffer, { cipher, filling }: Required<Pick<EncryptOptions, 'cipher' | 'filling'>>): Buffer {
  const name = cipher.replace(/\d+/, String(key.length * 8)) as 'aes-256-gcm'
  const isGCM = cipher.endsWith('gcm')
  const iv = randomBytes(isGCM ? 12 : 16)
  const sealing = createCipheriv(name, key, iv).setAutoPadding(false)
  const text = isGCM ? plain : Buffer.concat([plain, filling(16 - (plain.length % 16))])
  return Buffer.concat([iv, sealing.update(text), sealing.final(), ...(isGCM ? [sealing.getAuthTag()] : [])])
}

export function encrypt(assertion: string | Buffer, to: KeyObject, options: EncryptOptions = {}): string {
  const { cipher = 'aes-256-gcm', transport = 'oaep-sha256', filling = (length: number) => Buffer.alloc(length, length) } = options
  const key = options.key ?? randomBytes(cipher.includes('256') ? 32 : 16)
  const sealed = seal(Buffer.from(assertion as string), key, { cipher, filling })
  const padding = transport === 'pkcs1' ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_OAEP_PADDING
  const wrapped = publicEncrypt({ key: to, padding, ...(transport === 'oaep-sha256' ? { oaepHash: 'sha256' } : {}) }, key)
  const method = {
    'oaep-sha1': '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>',
    'oaep-sha256':
      '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/></xenc:EncryptionMethod>',
    pkcs1: '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"/>',
  }[transport]
  return `<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="${CIPHERS[cipher]}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>${method}${value(wrapped)}</xenc:EncryptedKey></ds:KeyInfo>${value(sealed)}</xenc:EncryptedData></saml:EncryptedAssertion>`
}

const services = (name: string, path: string): string =>
  ['HTTP-POST', 'HTTP-Redirect']
    .map((binding) => `<md:${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="https://idp.test/${path}"/>`)
    .join('')

/** The metadata of the identity provider. */
export const metadataOf = (
  keys: readonly SamlKey[],
  { entityID = IDP, attributes = '', more = '' }: { readonly entityID?: string; readonly attributes?: string; readonly more?: string } = {},
): string => {
  const der = ({ cert }: SamlKey): string => new X509Certificate(cert).raw.toString('base64')
  const descriptors = keys.map(
    (key) =>
      `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${der(key)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  )
  return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="_metadata" entityID="${entityID}"${attributes}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${descriptors.join('')}${services('SingleLogoutService', 'slo')}${services('SingleSignOnService', 'sso')}${more}</md:IDPSSODescriptor></md:EntityDescriptor>`
}
