import { oidcSchema } from '../oidc/config.ts'
import { samlSchema } from '../saml/config.ts'

export const upstreamsSchema = {
  type: 'array',
  description: 'Identity providers that people sign in at. Required.',
  minItems: 1,
  maxItems: 20,
  items: {
    type: 'object',
    description: 'An identity provider. Exactly one of saml and oidc is required.',
    required: ['id', 'label'],
    properties: {
      id: { type: 'string', description: 'ID. Its routes lie under /upstream/ID/. Required.', pattern: '^[a-z0-9][a-z0-9-]{0,30}$' },
      label: { type: 'string', description: 'What people see where they choose. Required.', minLength: 1, maxLength: 64 },
      namePrefix: {
        type: 'string',
        description:
          'Prefix of the names and groups of this upstream. Required when there are several upstreams, so that none can name the people of another. Optional. Defaults to none.',
        minLength: 1,
        maxLength: 63,
        pattern: '^[!-~]*[:#/]$',
      },
      saml: samlSchema,
      oidc: oidcSchema,
    },
  },
} as const
