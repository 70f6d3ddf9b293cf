const prefix = (description: string) => ({ type: 'string', description, maxLength: 64 }) as const
const claim = (description: string) => ({ type: 'string', description, minLength: 1, maxLength: 256 }) as const

/** Only asymmetric algorithms. With HMAC, anyone who knows the public key could sign tokens. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const

/** The fields of a configuration that say how the claims of an issuer become names of Kubernetes. */
export const claimFields = {
  usernamePrefix: prefix('Prefix of user names, for example `oidc:`. Ends in `:`, `#` or `/`. Required.'),
  groupsPrefix: prefix('Prefix of group names. No prefix of another issuer may begin with it. Required.'),
  usernameClaim: claim('Claim with the user name: a name, a path with dots (`act.sub`) or a JSON pointer (`/act/sub`). Optional. Defaults to `sub`.'),
  groupsClaim: claim(
    'Claim with the groups, in the same forms (`realm_access.roles`, `/resource_access/my.client/roles`). Optional. Defaults to `groups`.',
  ),
  algorithms: {
    type: 'array',
    description: 'Signature algorithms that are accepted. Optional. Defaults to RS256 and ES256.',
    minItems: 1,
    items: { type: 'string', description: 'An asymmetric algorithm.', enum: ALGORITHMS },
  },
} as const

/** The defaults of {@link claimFields}. */
export const CLAIM_DEFAULTS = { usernameClaim: 'sub', groupsClaim: 'groups', algorithms: ['RS256', 'ES256'] } as const

/** The claims and prefixes of one issuer. */
export type ClaimNames = {
  readonly usernameClaim: string
  readonly groupsClaim: string
  readonly usernamePrefix: string
  readonly groupsPrefix: string
}
