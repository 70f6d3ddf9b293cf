import type { Of } from '../../domain/api/schema.ts'
import { claimFields } from '../../server/claims/claim-fields.ts'
import { clientFields } from '../../server/oidc/client-fields.ts'

/** An OpenID Connect provider as an upstream of login. */
export const oidcSchema = {
  type: 'object',
  description:
    'An OpenID Connect provider. The redirect URI to register there is https://LOGIN/upstream/ID/callback, and the URI after signing out https://LOGIN/signed-out. Optional. Defaults to none: the entry is of another type.',
  required: ['issuer', 'clientID'],
  properties: {
    ...clientFields,
    nameClaim: {
      type: 'string',
      description:
        'Claim of the ID token with the name of the person: a name, a path with dots or a JSON pointer. The provider must never give it to another person. Optional. Defaults to `sub`.',
      minLength: 1,
      maxLength: 256,
    },
    groupsClaim: {
      ...claimFields.groupsClaim,
      description: 'Claim of the ID token with the groups, in the same forms. Optional. Defaults to `groups`.',
    },
    algorithms: claimFields.algorithms,
  },
} as const

export type OidcConfig = Of<typeof oidcSchema>

export const OIDC_DEFAULTS = { nameClaim: 'sub', groupsClaim: 'groups' } as const
