import type { KeyObject } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { SamlRefused } from '../refused.ts'
import { isSignature, SIGNATURE_URIS } from '../xml/algorithms.ts'
import { decodeBase64, utf8Of } from '../xml/base64.ts'
import { parseXml, type Parsed } from '../xml/parse.ts'

const NAMES = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding']
const MAX_QUERY = 32 * 1024
/** Messages of a logout are a few kilobytes. */
const MAX_INFLATED = 64 * 1024

export type RedirectMessage = { readonly kind: 'SAMLRequest' | 'SAMLResponse'; readonly document: Parsed; readonly relayState: string | undefined }

/**
 * A message of the HTTP-Redirect binding. Its signature covers the query as it was sent, so it is verified before anything is decoded or inflated.
 * @param query as the browser sent it, without the question mark
 * @throws SamlRefused
 */
export function readRedirectQuery(query: string, keys: readonly KeyObject[]): RedirectMessage {
  const given = parametersOf(query)
  const kind = given.has('SAMLRequest') ? 'SAMLRequest' : 'SAMLResponse'
  const message = given.get(kind)
  if (message === undefined || (kind === 'SAMLRequest' && given.has('SAMLResponse')))
    throw new SamlRefused('Structure', 'the query does not have exactly one message')
  checkSignature(given, kind, keys)
  const relayState = given.get('RelayState')
  return { kind, document: parseXml(inflate(decodeBase64(decoded(message)))), relayState: relayState === undefined ? undefined : decoded(relayState) }
}

/** The parameters of SAML as they were sent. Others are not signed, and not read. */
function parametersOf(query: string): ReadonlyMap<string, string> {
  if (query.length > MAX_QUERY) throw new SamlRefused('Malformed', 'the query is too long')
  const given = new Map<string, string>()
  for (const pair of query.split('&')) {
    const [name = '', ...value] = pair.split('=')
    if (!NAMES.includes(name)) continue
    // Of two with the same name, the signer may have meant one and the reader take the other.
    if (given.has(name)) throw new SamlRefused('Structure', 'the query has a parameter twice')
    given.set(name, value.join('='))
  }
  if (given.has('SAMLEncoding')) throw new SamlRefused('Structure', 'the query names an encoding')
  return given
}

function checkSignature(given: ReadonlyMap<string, string>, kind: string, keys: readonly KeyObject[]): void {
  const signature = given.get('Signature')
  const named = given.get('SigAlg')
  if (signature === undefined || named === undefined) throw new SamlRefused('Unsigned', 'the query is not signed')
  const algorithm = decoded(named)
  if (!SIGNATURE_URIS.includes(algorithm)) throw new SamlRefused('Algorithm', 'the query is signed with an algorithm that is not accepted')
  const text = [kind, 'RelayState', 'SigAlg']
    .filter((name) => given.has(name))
    .map((name) => `${name}=${given.get(name) ?? ''}`)
    .join('&')
  const value = decodeBase64(decoded(signature))
  const holds = keys.some((key) => isSignature(value, { algorithm, text, key }))
  if (!holds) throw new SamlRefused('BadSignature', 'the signature of the query does not hold for any key of the identity provider')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new SamlRefused('Malformed', 'the query is not encoded as a URL')
  }
}

function inflate(bytes: Buffer): string {
  try {
    return utf8Of(inflateRawSync(bytes, { maxOutputLength: MAX_INFLATED }))
  } catch {
    throw new SamlRefused('Malformed', `the message cannot be inflated to at most ${MAX_INFLATED} bytes of UTF-8`)
  }
}
