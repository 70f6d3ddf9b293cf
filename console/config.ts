import type { Of } from '../domain/api/schema.ts'
import { claimFields } from '../server/claims/claim-fields.ts'
import { prefixProblem } from '../server/claims/issuer-prefixes.ts'
import { trustedProxiesSchema } from '../server/http/client-network.ts'
import { adminSchema, ConfigError, kubeconfigSchema, listenSchema, publicURLSchema, readConfig, secondsSchema, tlsSchema } from '../server/config.ts'

export const consoleConfigSchema = {
  type: 'object',
  description: 'Configuration of the console.',
  required: ['listen', 'admin', 'tls', 'url', 'signIn', 'sessions'],
  properties: {
    listen: listenSchema,
    admin: adminSchema,
    tls: tlsSchema,
    kubeconfig: kubeconfigSchema,
    url: publicURLSchema(
      'URL of the console as browsers reach it: https and a host, without a path. The redirect URI at the identity provider is this URL with the path /sign-in/callback. Required.',
    ),
    trustedProxies: trustedProxiesSchema,
    signIn: {
      type: 'object',
      description:
        'The OpenID Connect provider that signs people in. Its names must be those that kube-apiserver gives the same people: use the same claims and prefixes. Required.',
      required: ['issuer', 'clientID', 'usernamePrefix', 'groupsPrefix'],
      properties: {
        issuer: {
          type: 'string',
          description: 'URL of the provider, the value of `iss` in its tokens. Required.',
          pattern: '^https://[^\\s]+$',
        },
        clientID: { type: 'string', description: 'Client of the console at the provider. Required.', minLength: 1 },
        clientSecretFile: {
          type: 'string',
          description: 'File with the secret of the client. Optional. Defaults to none: a public client, whose codes PKCE protects.',
        },
        scopes: {
          type: 'array',
          description: 'Scopes that are asked for besides `openid`. Optional. Defaults to `profile` and `groups`.',
          items: { type: 'string', description: 'A scope.', minLength: 1, pattern: '^[!#-\\[\\]-~]+$' },
        },
        ...claimFields,
        connectTo: {
          type: 'string',
          description:
            'Host and port that the console connects to in place of the host of the provider, where Pods reach it under another address than browsers do. The certificate must be valid for the host in the URL. Optional. Defaults to the host in the URL.',
          pattern: '^[A-Za-z0-9.:\\[\\]-]+:[0-9]{1,5}$',
        },
        caFile: {
          type: 'string',
          description: 'PEM file of the CA that signs the TLS certificate of the provider. Optional. Defaults to the CAs of the system.',
        },
      },
    },
    sessions: {
      type: 'object',
      description: 'Sessions of people who signed in. Required.',
      required: ['keysFile'],
      properties: {
        keysFile: {
          type: 'string',
          description:
            'File with the keys that seal sessions: 32 random bytes in base64 on each line. The first one seals, all of them open. The server reads the file again when it changes. Required.',
        },
        idleSeconds: secondsSchema('How long a session lasts without a request, in seconds. Optional. Defaults to 900.', {
          minimum: 60,
          maximum: 3600,
        }),
        lifetimeSeconds: secondsSchema('How long a session lasts in total, in seconds. Optional. Defaults to 14400 (4 hours).', {
          minimum: 60,
          maximum: 43200,
        }),
      },
    },
  },
} as const

export type ConsoleConfig = Of<typeof consoleConfigSchema>
export type SignInConfig = ConsoleConfig['signIn']

/** @throws ConfigError that names each invalid field */
export async function readConsoleConfig(file: string): Promise<ConsoleConfig> {
  const config = await readConfig(file, consoleConfigSchema)
  if (URL.parse(config.url) === null) throw new ConfigError(`${file}: .url: is not a URL`)
  const { connectTo } = config.signIn
  if (connectTo !== undefined && URL.parse(`https://${connectTo}`) === null)
    throw new ConfigError(`${file}: .signIn.connectTo: is not a host and a port`)
  const problem = prefixProblem(config.signIn)
  if (problem !== undefined) throw new ConfigError(`${file}: .signIn${problem}`)
  return config
}
