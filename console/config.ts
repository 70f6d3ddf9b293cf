import type { Of } from '../domain/api/schema.ts'
import { claimFields } from '../server/claims/claim-fields.ts'
import { prefixProblem } from '../server/claims/issuer-prefixes.ts'
import { trustedProxiesSchema } from '../server/http/client-network.ts'
import { clientFields, connectToProblem } from '../server/oidc/client-fields.ts'
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
        ...clientFields,
        ...claimFields,
        signOut: {
          type: 'string',
          description:
            'Where signing out of the console leads. `Console`: it ends the session of the console alone. `Provider`: the browser goes on to the sign-out page of the provider, if its discovery document has an `end_session_endpoint`. `ProviderAndReturn`: and from there back to the console; register its URL with the path /signed-out at the provider, as post logout redirect URI. Optional. Defaults to `Provider`.',
          enum: ['Console', 'Provider', 'ProviderAndReturn'],
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
        recheckSeconds: secondsSchema(
          'How often the identity provider has to say that the person is still signed in there, in seconds: a page that is opened later leads there and back. Otherwise the session ends `idleSeconds` after that. Optional. Defaults to never: a session does not end with that of the provider.',
          { minimum: 60, maximum: 43200 },
        ),
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
  const problem = connectToProblem(config.signIn) ?? prefixProblem(config.signIn)
  if (problem !== undefined) throw new ConfigError(`${file}: .signIn${problem}`)
  return config
}
