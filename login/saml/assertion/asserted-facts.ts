/** What a verified assertion says. */
export type Facts = {
  readonly id: string
  readonly issuer: string
  readonly nameID: string
  readonly nameIDFormat?: string
  readonly sessionIndex?: string
  readonly authenticatedAt: number
  readonly sessionEndsAt?: number
  /** When its conditions end, in milliseconds. */
  readonly endsAt: number
  /** Values by the name of the attribute, in their order. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
}

export const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'
export const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
export const ENTITY = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity'
