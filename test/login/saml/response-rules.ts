import type { ResponseRules } from '../../../login/saml/assertion/verify-response.ts'
import { verifyResponse } from '../../../login/saml/assertion/verify-response.ts'
import { parseXml } from '../../../login/saml/xml/parse.ts'
import type { Facts } from '../../../login/saml/assertion/asserted-facts.ts'
import { SamlRefused, type Refusal } from '../../../login/saml/refused.ts'
import { ACS, IDP, NOW, SP, type SamlKey } from './identity-provider.ts'

export const rules = (keys: readonly SamlKey[], changed: Partial<ResponseRules> = {}): ResponseRules => ({
  provider: { entityID: IDP, keys: keys.map(({ publicKey }) => publicKey) },
  meant: { audiences: [SP], recipients: [ACS], inResponseTo: 'r1' },
  timing: { nowMs: NOW, skewMs: 30_000, maxAgeMs: 300_000 },
  destination: ACS,
  decryptionKeys: [],
  encryptedOnly: false,
  ...changed,
})

export const verify = async (xml: string, given: ResponseRules): Promise<Facts> => await verifyResponse(parseXml(xml), given)

/** How a message is refused, or the facts of one that is not. */
export const refusalOf = async (xml: string, given: ResponseRules): Promise<Refusal | Facts> => {
  try {
    return await verify(xml, given)
  } catch (error) {
    if (error instanceof SamlRefused) return error.refusal
    throw error
  }
}
