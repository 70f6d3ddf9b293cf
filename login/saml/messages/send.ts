import { sign, type KeyObject } from 'node:crypto'
import type { Response } from 'express'
import { deflateRawSync } from 'node:zlib'
import type { Binding } from '../metadata/read-metadata.ts'
import { CANONICAL, ENVELOPED, RSA_SHA256, SHA256, strictSignedXml } from '../xml/algorithms.ts'
import { sendForm } from './post-form.ts'

export type Message = {
  readonly kind: 'SAMLRequest' | 'SAMLResponse'
  readonly xml: string
  /** Returned by the other side as it is. Undefined: none is sent. */
  readonly relayState?: string | undefined
}

export type MessageRoute = {
  readonly binding: Binding
  readonly location: string
  readonly signing: { readonly key: KeyObject; readonly cert: string }
  /** URL of the script that submits the form. */
  readonly script: string
}

/** Sends a signed message through the browser. */
export function send(response: Response, message: Message, route: MessageRoute): void {
  if (route.binding === 'Redirect') return response.redirect(303, redirectURL(message, route))
  const SAML = Buffer.from(signMessage(message.xml, route.signing)).toString('base64')
  sendForm(response, {
    action: route.location,
    script: route.script,
    fields: { [message.kind]: SAML, ...(message.relayState === undefined ? {} : { RelayState: message.relayState }) },
  })
}

/** HTTP-Redirect binding (bindings 3.4): deflated, and the signature over the query as it is sent. */
export function redirectURL({ kind, xml, relayState }: Message, { location, signing }: Pick<MessageRoute, 'location' | 'signing'>): string {
  const parts = [
    `${kind}=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}`,
    ...(relayState === undefined ? [] : [`RelayState=${encodeURIComponent(relayState)}`]),
    `SigAlg=${encodeURIComponent(RSA_SHA256)}`,
  ]
  const query = parts.join('&')
  const signature = sign('sha256', Buffer.from(query), signing.key).toString('base64')
  return `${location}${location.includes('?') ? '&' : '?'}${query}&Signature=${encodeURIComponent(signature)}`
}

/** HTTP-POST binding: an enveloped signature after the issuer, where the schema wants it. */
export function signMessage(xml: string, { key, cert }: MessageRoute['signing']): string {
  const signed = strictSignedXml({
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicCert: cert,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: CANONICAL,
  })
  signed.addReference({ xpath: '/*', transforms: [ENVELOPED, CANONICAL], digestAlgorithm: SHA256 })
  signed.computeSignature(xml, { prefix: 'ds', location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' } })
  return signed.getSignedXml()
}
