import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoginConfig } from '../../../login/config/config.ts'
import { CALLBACK } from '../../../console/sign-in/sign-in.ts'
import type { UpContext } from '../up-context.ts'
import { GATEWAY_AUDIENCE } from '../issuer-yaml.ts'
import { KEYCLOAK_PREFIX } from '../keycloak.ts'

/** Clients of login: the console, `kubectl certify login`, and agents that exchange the token of their CI job. */
export const LOGIN_CLIENTS = { console: 'jit-console', kubectl: 'kubectl', ci: 'ci' } as const
/** The development identity provider as the upstream of login, and login as a client there. */
const UPSTREAM = 'dev'
const CLIENT_OF_LOGIN = 'jit-login'
/** Of several upstreams, each has a prefix for its people. */
const DEV_PREFIX = `${UPSTREAM}:`

/** What the groups of people begin with, directly from the identity provider and by login. */
export const groupPrefixes = ({ keycloak }: UpContext): readonly string[] =>
  ['', ...(keycloak === undefined ? [] : [DEV_PREFIX, KEYCLOAK_PREFIX])].map((prefix) => `oidc:${prefix}`)

/** `samlDir` has the files of the Secret jit-login-saml. `connectTo`, `jwksURL`: where the identity provider is for login, since in a Pod localhost is another host. */
export type LoginPlace = {
  readonly keysDir: string
  readonly secretsDir: string
  readonly samlDir: string
  readonly caFile: string
  readonly connectTo?: string
  readonly jwksURL: string
}

/** Makes login a client of the development identity provider. */
export function registerLogin({ provider, login }: UpContext): void {
  provider.addClient({
    id: CLIENT_OF_LOGIN,
    secret: login.secrets['upstream-client-secret'],
    redirectURIs: [`${login.url}/upstream/${UPSTREAM}/callback`],
    signedOutURIs: [`${login.url}/signed-out`],
  })
}

/** The fields of the configuration that depend on this environment. */
export const loginFields = (
  { provider, login, keycloak }: UpContext,
  { keysDir, secretsDir, samlDir, caFile, connectTo, jwksURL }: LoginPlace,
  consoleURL: string,
): Pick<LoginConfig, 'url' | 'keysDir' | 'sealKeysFile' | 'upstreams' | 'clients' | 'tokenIssuers'> => ({
  url: login.url,
  keysDir,
  sealKeysFile: `${secretsDir}/seal-keys`,
  upstreams: [
    {
      id: UPSTREAM,
      label: 'Development identity provider',
      ...(keycloak === undefined ? {} : { namePrefix: DEV_PREFIX }),
      oidc: {
        issuer: provider.issuer,
        clientID: CLIENT_OF_LOGIN,
        clientSecretFile: `${secretsDir}/upstream-client-secret`,
        caFile,
        ...(connectTo === undefined ? {} : { connectTo }),
      },
    },
    ...(keycloak === undefined ? [] : [keycloak.serviceProvider.upstream(samlDir)]),
  ],
  clients: [
    {
      id: LOGIN_CLIENTS.console,
      secretFile: `${secretsDir}/console-client-secret`,
      grants: ['AuthorizationCode'],
      redirectURIs: [`${consoleURL}${CALLBACK}`],
      signedOutURIs: [`${consoleURL}/signed-out`],
    },
    { id: LOGIN_CLIENTS.kubectl, grants: ['AuthorizationCode', 'DeviceCode', 'RefreshToken'], redirectURIs: ['http://127.0.0.1/callback'] },
    { id: LOGIN_CLIENTS.ci, grants: ['TokenExchange'], exchange: { audiences: [GATEWAY_AUDIENCE], tokenIssuers: ['ci'] } },
  ],
  // A stand-in for the issuer of a CI system, whose tokens say which repository a job is of.
  tokenIssuers: [
    {
      id: 'ci',
      issuer: provider.issuer,
      audience: login.url,
      jwksURL,
      caFile,
      identities: [{ when: [{ claim: 'repository', pattern: '[a-z0-9-]+/[a-z0-9-]+' }], name: 'ci:{repository}', groups: ['agents'] }],
    },
  ],
})

/** The fields of a login that runs as a process. */
export async function configureLogin(context: UpContext, consoleURL: string): Promise<object> {
  const { provider, login, keycloak, layout } = context
  const place = {
    keysDir: join(login.dir, 'keys'),
    secretsDir: join(login.dir, 'secrets'),
    samlDir: join(login.dir, 'saml'),
    caFile: provider.caFile,
    jwksURL: `${provider.issuer}/jwks`,
  }
  await mkdir(place.samlDir, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(keycloak?.serviceProvider.files ?? {})) await writeFile(join(place.samlDir, name), text, { mode: 0o600 })
  return { ...loginFields(context, place, consoleURL), recordsDir: layout.loginRecords }
}
