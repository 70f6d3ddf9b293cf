import type { LogoutName } from '../../upstream-provider.ts'
import { SAML } from '../libraries.ts'

/** Who sends a message, and where to. */
export type Envelope = { readonly entityID: string; readonly id: string; readonly destination: string }

/** `forceAuthn`: the person has to authenticate, whatever session they have. */
type Asked = { readonly acs: string; readonly nameIDFormat: string | undefined; readonly forceAuthn: boolean }

/** Writes the messages of this service provider. They are signed when they are sent. */
class Composer extends SAML {
  constructor({ entityID, id, destination }: Envelope, options: Partial<Asked> = {}) {
    super({
      idpCert: 'unused: this writes messages only',
      issuer: entityID,
      callbackUrl: options.acs ?? 'urn:unused',
      entryPoint: destination,
      logoutUrl: destination,
      generateUniqueId: () => id,
      identifierFormat: options.nameIDFormat ?? null,
      forceAuthn: options.forceAuthn ?? false,
      // How a person must authenticate is decided at the identity provider.
      disableRequestedAuthnContext: true,
    })
  }
  request(): Promise<string> {
    return this.generateAuthorizeRequestAsync(false, false)
  }
}

export const authnRequest = (envelope: Envelope, options: Asked): Promise<string> => new Composer(envelope, options).request()

export const logoutRequest = (envelope: Envelope, { nameID, nameIDFormat, sessionIndex }: LogoutName): Promise<string> =>
  // oxlint-disable-next-line no-underscore-dangle
  new Composer(envelope)._generateLogoutRequest({
    nameID,
    nameIDFormat: nameIDFormat ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
  })

export const logoutResponse = (envelope: Envelope, inResponseTo: string): string =>
  // oxlint-disable-next-line no-underscore-dangle
  new Composer(envelope)._generateLogoutResponse({ ID: inResponseTo, nameID: '', nameIDFormat: '' }, true)
