import { secondsSchema } from '../../server/config.ts'

const list = (description: string, item: string, extra: { readonly minItems?: number; readonly maxItems?: number } = {}) =>
  ({ type: 'array', description, items: { type: 'string', description: item, minLength: 1, maxLength: 512 }, ...extra }) as const

/** The ways to a token, by the names that the configuration gives them. */
export const GRANTS = {
  AuthorizationCode: 'authorization_code',
  DeviceCode: 'urn:ietf:params:oauth:grant-type:device_code',
  RefreshToken: 'refresh_token',
  TokenExchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  SAMLAssertion: 'urn:ietf:params:oauth:grant-type:saml2-bearer',
} as const
export type GrantName = keyof typeof GRANTS
const GRANT_NAMES = ['AuthorizationCode', 'DeviceCode', 'RefreshToken', 'TokenExchange', 'SAMLAssertion'] as const satisfies readonly GrantName[]

export const clientsSchema = {
  type: 'array',
  description: 'Programs that get tokens. A client may do what is listed here, and nothing else. Required.',
  minItems: 1,
  maxItems: 100,
  items: {
    type: 'object',
    description: 'A client.',
    required: ['id', 'grants'],
    properties: {
      id: {
        type: 'string',
        description: 'ID of the client, which is also the audience of its ID tokens. Required.',
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      },
      secretFile: {
        type: 'string',
        description:
          'File with the secret of the client, at least 32 characters. The server reads it again when it changes. Optional. Defaults to none: a public client, such as a program on the computer of a person.',
      },
      grants: {
        type: 'array',
        description: 'Ways in which the client gets tokens. A client that exchanges tokens does not sign in anybody. Required.',
        minItems: 1,
        items: { type: 'string', description: 'A way to a token.', enum: GRANT_NAMES },
      },
      redirectURIs: list(
        'Where the browser returns to after signing in, compared exactly. A public client has addresses of the own computer, such as http://127.0.0.1/callback, with any port. Required for AuthorizationCode. Optional. Defaults to none.',
        'A URL without a fragment.',
        { maxItems: 20 },
      ),
      signedOutURIs: list('Where the browser may return to after signing out, compared exactly. Optional. Defaults to none.', 'A URL.', {
        maxItems: 20,
      }),
      upstreams: list('IDs of the upstreams that people of this client sign in at. Optional. Defaults to all.', 'ID of an upstream.', {
        minItems: 1,
      }),
      tokenSeconds: secondsSchema('Lifetime of ID tokens and of exchanged tokens, in seconds. Optional. Defaults to 600.', {
        minimum: 60,
        maximum: 3600,
      }),
      refreshSeconds: secondsSchema(
        'How long after signing in the client gets new tokens without the person, in seconds. Optional. Defaults to 28800 (8 hours).',
        { minimum: 300, maximum: 86_400 },
      ),
      exchange: {
        type: 'object',
        description: 'What the client may exchange. Required for TokenExchange and SAMLAssertion. Optional. Defaults to nothing.',
        required: ['audiences'],
        properties: {
          audiences: list(
            'Audiences that the client may ask for. The first one is used if it asks for none. Required.',
            'Audience, for example that of the gateway.',
            {
              minItems: 1,
              maxItems: 20,
            },
          ),
          tokenIssuers: list('IDs of the token issuers whose tokens it may present. Optional. Defaults to none.', 'ID of a token issuer.'),
          upstreams: list('IDs of the upstreams whose SAML assertions it may present. Optional. Defaults to none.', 'ID of an upstream.'),
          clients: list(
            'Clients whose ID tokens from this server it may present as the human that an agent acts for. Optional. Defaults to none.',
            'ID of a client.',
          ),
          actors: {
            type: 'boolean',
            description:
              'Whether an agent may act for a human: the subject is the human, the actor is the agent with a token of a token issuer, and the new token names both. Optional. Defaults to false.',
          },
        },
      },
    },
  },
} as const
