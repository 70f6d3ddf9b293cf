import type { Of } from '../../domain/api/schema.ts'

/** The fields of a configuration that make a server a client of an OpenID Connect provider. */
export const clientFields = {
  issuer: {
    type: 'string',
    description: 'URL of the provider, the value of `iss` in its tokens. Required.',
    pattern: '^https://[^\\s]+$',
  },
  clientID: { type: 'string', description: 'Client of this server at the provider. Required.', minLength: 1 },
  clientSecretFile: {
    type: 'string',
    description: 'File with the secret of the client. Optional. Defaults to none: a public client, whose codes PKCE protects.',
  },
  scopes: {
    type: 'array',
    description: 'Scopes that are asked for besides `openid`. Optional. Defaults to `profile` and `groups`.',
    items: { type: 'string', description: 'A scope.', minLength: 1, pattern: '^[!#-\\[\\]-~]+$' },
  },
  connectTo: {
    type: 'string',
    description:
      'Host and port that the server connects to in place of the host of the provider, where Pods reach it under another address than browsers do. The certificate must be valid for the host in the URL. Optional. Defaults to the host in the URL.',
    pattern: '^[A-Za-z0-9.:\\[\\]-]+:[0-9]{1,5}$',
  },
  caFile: {
    type: 'string',
    description: 'PEM file of the CA that signs the TLS certificate of the provider. Optional. Defaults to the CAs of the system.',
  },
} as const

export const SCOPE_DEFAULTS = ['profile', 'groups'] as const

const schema = { type: 'object', description: 'A client.', required: ['issuer', 'clientID'], properties: clientFields } as const
export type ClientSettings = Of<typeof schema>

/** Why `connectTo` cannot be used. Undefined when it can. */
export const connectToProblem = ({ connectTo }: Pick<ClientSettings, 'connectTo'>): string | undefined =>
  connectTo !== undefined && URL.parse(`https://${connectTo}`) === null ? '.connectTo: is not a host and a port' : undefined
