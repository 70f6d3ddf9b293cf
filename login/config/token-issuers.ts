import { claimFields } from '../../server/claims/claim-fields.ts'
import { secondsSchema } from '../../server/config.ts'

const text = (description: string, maxLength = 512) => ({ type: 'string', description, minLength: 1, maxLength }) as const

const conditions = {
  type: 'array',
  description: 'Claims that a token must have; all of them. Required.',
  minItems: 1,
  maxItems: 20,
  items: {
    type: 'object',
    description: 'A claim, and what it may be. Exactly one of values and pattern is required.',
    required: ['claim'],
    properties: {
      claim: text('Claim: a name, a path with dots or a JSON pointer. Required.', 256),
      values: {
        type: 'array',
        description: 'Texts that are accepted, compared exactly. Optional. Defaults to none: pattern is required.',
        minItems: 1,
        maxItems: 200,
        items: text('A text.'),
      },
      pattern: text('Regular expression (RE2) for the whole text. Optional. Defaults to none: values is required.'),
    },
  },
} as const

export const tokenIssuersSchema = {
  type: 'array',
  description:
    'Other issuers whose tokens agents exchange: GitHub Actions, GitLab, the ServiceAccounts of another cluster, or any OpenID Connect provider. Optional. Defaults to none.',
  maxItems: 50,
  items: {
    type: 'object',
    description: 'A token issuer.',
    required: ['id', 'issuer', 'audience', 'identities'],
    properties: {
      id: { type: 'string', description: 'ID, for the clients that may present its tokens. Required.', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' },
      issuer: { type: 'string', description: 'URL of the issuer, the value of `iss`. Required.', pattern: '^https://[^\\s]+$' },
      audience: text('Audience that its tokens must have. Choose one that only this server uses, such as its URL. Required.'),
      jwksURL: {
        type: 'string',
        description: 'URL of its keys. Optional. Defaults to the URL in its discovery document.',
        pattern: '^https://[^\\s]+$',
      },
      caFile: text('PEM file of the CA that signs its TLS certificate. Optional. Defaults to the CAs of the system.'),
      algorithms: claimFields.algorithms,
      maxAgeSeconds: secondsSchema('How long ago a token may have been issued, in seconds. Optional. Defaults to 3600.', {
        minimum: 60,
        maximum: 86_400,
      }),
      identities: {
        type: 'array',
        description: 'Who the bearer of a token is. The first entry whose conditions all hold decides; a token that fits none is refused. Required.',
        minItems: 1,
        maxItems: 200,
        items: {
          type: 'object',
          description: 'Tokens with certain claims, and the name that they get.',
          required: ['when', 'name', 'groups'],
          properties: {
            when: conditions,
            name: {
              type: 'string',
              description:
                'Name of the agent. `{CLAIM}` stands for the text of a claim, for example `ci:{repository}`. It begins with a prefix that no other issuer and no upstream has. Required.',
              minLength: 2,
              maxLength: 512,
            },
            groups: {
              type: 'array',
              description: 'Groups of the agent. Required.',
              maxItems: 100,
              items: text('A group.', 256),
            },
          },
        },
      },
    },
  },
} as const
