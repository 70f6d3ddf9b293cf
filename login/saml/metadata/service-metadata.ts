import { X509Certificate } from 'node:crypto'
import type { ServiceKeys } from '../service-keys.ts'
import { NS } from '../xml/elements.ts'

export type ServiceDescription = { readonly entityID: string; readonly acs: string; readonly slo: string; readonly nameIDFormat: string | undefined }

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'

const keyDescriptor = (use: 'signing' | 'encryption', cert: string): string => {
  const methods =
    use === 'signing'
      ? ''
      : [
          'http://www.w3.org/2009/xmlenc11#aes256-gcm',
          'http://www.w3.org/2009/xmlenc11#aes128-gcm',
          'http://www.w3.org/2009/xmlenc11#rsa-oaep',
          'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
        ]
          .map((algorithm) => `<md:EncryptionMethod Algorithm="${algorithm}"/>`)
          .join('')
  const bytes = new X509Certificate(cert).raw.toString('base64')
  return `<md:KeyDescriptor use="${use}"><ds:KeyInfo xmlns:ds="${NS.signature}"><ds:X509Data><ds:X509Certificate>${bytes}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>${methods}</md:KeyDescriptor>`
}

/**
 * The metadata of this service provider. The library's writer does not name HTTP-Redirect for logout nor several keys in one list, so this is our own.
 * It publishes one key for encryption: identity providers take whichever they find first, so a rollover adds a key for decryption before.
 */
export function serviceMetadata({ entityID, acs, slo, nameIDFormat }: ServiceDescription, keys: ServiceKeys): string {
  const [decryption] = keys.decryption
  const descriptors = [
    ...keys.signingCerts.map((cert) => keyDescriptor('signing', cert)),
    ...(decryption === undefined ? [] : [keyDescriptor('encryption', decryption.cert)]),
  ]
  const logout = [REDIRECT, POST].map((binding) => `<md:SingleLogoutService Binding="${binding}" Location="${escape(slo)}"/>`)
  const format = nameIDFormat === undefined ? '' : `<md:NameIDFormat>${escape(nameIDFormat)}</md:NameIDFormat>`
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<md:EntityDescriptor xmlns:md="${NS.metadata}" entityID="${escape(entityID)}">` +
    `<md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true" protocolSupportEnumeration="${NS.protocol}">` +
    `${descriptors.join('')}${logout.join('')}${format}` +
    `<md:AssertionConsumerService index="0" isDefault="true" Binding="${POST}" Location="${escape(acs)}"/></md:SPSSODescriptor></md:EntityDescriptor>\n`
  )
}
