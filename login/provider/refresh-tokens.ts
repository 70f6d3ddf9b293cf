import type Provider from 'oidc-provider'

const SEPARATOR = '~'

/** oidc-provider calls it for the text of a new token. Its types do not know it. */
type Generates = { generateTokenId: (this: { readonly grantId?: string }) => string }

/**
 * Begins the text of each refresh token with the Grant of its sign-in. One object then holds the token that is valid now, and any other text of the sign-in is known
 * as a token that was used, however many there were.
 */
export function nameSignIns(provider: Provider): void {
  const model = provider.RefreshToken.prototype as unknown as Generates
  const { generateTokenId } = model
  model.generateTokenId = function (): string {
    return `${this.grantId ?? ''}${SEPARATOR}${generateTokenId.call(this)}`
  }
}

/** What the refresh tokens of one sign-in have in common. */
export const signInOf = (token: string): string => token.split(SEPARATOR)[0] ?? ''
