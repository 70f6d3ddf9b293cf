import type { Of } from '../../domain/api/schema.ts'
import { adminSchema, kubeconfigSchema, listenSchema, publicURLSchema, secondsSchema, tlsSchema } from '../../server/config.ts'
import { trustedProxiesSchema } from '../../server/http/client-network.ts'
import { recordsRetentionSchema } from '../../server/records/config.ts'
import { clientsSchema } from './clients.ts'
import { tokenIssuersSchema } from './token-issuers.ts'
import { upstreamsSchema } from './upstreams.ts'

export const loginConfigSchema = {
  type: 'object',
  description: 'Configuration of login.',
  required: ['listen', 'admin', 'tls', 'url', 'keysDir', 'sealKeysFile', 'recordsDir', 'upstreams', 'clients'],
  properties: {
    listen: listenSchema,
    admin: adminSchema,
    tls: tlsSchema,
    kubeconfig: kubeconfigSchema,
    url: publicURLSchema(
      'URL of login as browsers and programs reach it: https and a host, without a path. It is the issuer, the value of `iss` in its tokens. Required.',
    ),
    keysDir: {
      type: 'string',
      description:
        'Folder with the keys that sign tokens, PEM files of the names current.pem, next.pem and previous.pem; only current.pem has to be there. The server reads them again when they change. Required.',
    },
    sealKeysFile: {
      type: 'string',
      description:
        'File with the keys that seal cookies and what is stored: 32 random bytes in base64 on each line. The first one seals, all of them open. The server reads the file again when it changes. Required.',
    },
    recordsDir: {
      type: 'string',
      description: 'Folder of the records of sign-ins and tokens. What cannot be recorded is not given out. Required.',
      minLength: 1,
    },
    recordsRetention: recordsRetentionSchema,
    sessionSeconds: secondsSchema('How long a person stays signed in at login, in seconds. Optional. Defaults to 28800 (8 hours).', {
      minimum: 300,
      maximum: 86_400,
    }),
    trustedProxies: trustedProxiesSchema,
    upstreams: upstreamsSchema,
    clients: clientsSchema,
    tokenIssuers: tokenIssuersSchema,
  },
} as const

export type LoginConfig = Of<typeof loginConfigSchema>
export type ClientConfig = LoginConfig['clients'][number]
export type TokenIssuerConfig = NonNullable<LoginConfig['tokenIssuers']>[number]
export type UpstreamConfig = LoginConfig['upstreams'][number]
