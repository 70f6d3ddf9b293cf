import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { ConsoleConfig } from '../../console/config.ts'
import { CALLBACK } from '../../console/sign-in/sign-in.ts'
import type { UpContext } from './up-context.ts'
import { LOGIN_CLIENTS } from './login/configure.ts'
import { LOGIN_SERVICE_IP } from './login/front.ts'

/** Where the Deployment mounts the Secret jit-console and the ConfigMap, which has the CA of the provider here. */
const [SECRETS, CONFIG] = ['/etc/jit-access/secrets', '/etc/jit-access/config']
const CA = 'sign-in-ca.crt'
const caOf = ({ provider, login, consoleSignIn }: UpContext): string => (consoleSignIn === 'login' ? login.ca : provider.ca)

type Place = { readonly url: string; readonly caFile: string; readonly secretsDir: string; readonly connectTo?: string }
type Secrets = { readonly 'client-secret': string; readonly 'session-keys': string }

/** Makes the console a client of the identity provider; of login it is one. Returns its secrets. */
function register({ provider, login, consoleSignIn }: UpContext, url: string): Secrets {
  const secret = consoleSignIn === 'login' ? login.secrets['console-client-secret'] : randomBytes(32).toString('hex')
  if (consoleSignIn !== 'login') provider.addClient({ id: LOGIN_CLIENTS.console, secret, redirectURIs: [`${url}${CALLBACK}`] })
  return { 'client-secret': secret, 'session-keys': randomBytes(32).toString('base64') }
}

/** The fields that depend on this environment. */
const fields = (
  { provider, login, consoleSignIn }: UpContext,
  { url, caFile, secretsDir, connectTo }: Place,
): Pick<ConsoleConfig, 'url' | 'signIn' | 'sessions'> => ({
  url,
  signIn: {
    issuer: consoleSignIn === 'login' ? login.url : provider.issuer,
    clientID: LOGIN_CLIENTS.console,
    clientSecretFile: `${secretsDir}/client-secret`,
    usernamePrefix: 'oidc:',
    groupsPrefix: 'oidc:',
    caFile,
    ...(consoleSignIn === 'login' ? { signOut: 'ProviderAndReturn' as const } : {}),
    ...(connectTo === undefined ? {} : { connectTo }),
  },
  sessions: { keysFile: `${secretsDir}/session-keys` },
})

/** The fields of a console that runs as a process, whose secrets go into `dir`. */
export async function configureConsole(context: UpContext, { dir, url }: { readonly dir: string; readonly url: string }): Promise<object> {
  const secretsDir = join(dir, 'secrets')
  await mkdir(secretsDir, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(register(context, url))) await writeFile(join(secretsDir, name), text, { mode: 0o600 })
  const caFile = join(dir, CA)
  await writeFile(caFile, caOf(context))
  return fields(context, { url, caFile, secretsDir })
}

type Config = { readonly [field: string]: object }

/**
 * Makes what Pods wait for that depends on the URL of the console: ConfigMaps of the servers that need it, and the Secret of the console. In a Pod
 * localhost is another host, so the console is configured with the address of the provider.
 */
export async function installConsole(context: UpContext, url: string): Promise<void> {
  const { client, cluster, provider, consoleSignIn, root } = context
  const shipped = async (file: string): Promise<Config> => parse(await readFile(join(root, 'kustomize', file), 'utf8')) as Config
  const make = (resource: string, name: string, more: object): Promise<unknown> =>
    client.json({ method: 'POST', path: `/api/v1/namespaces/jit-system/${resource}`, body: { metadata: { name }, ...more } })
  const configure = (part: string, config: object, more: object = {}): Promise<unknown> =>
    make('configmaps', `${part}-local`, { data: { 'config.yaml': stringify(config), ...more } })

  const place = {
    url,
    caFile: `${CONFIG}/${CA}`,
    secretsDir: SECRETS,
    connectTo: consoleSignIn === 'login' ? `${LOGIN_SERVICE_IP}:443` : `${cluster.hostIP}:${provider.port}`,
  }
  await configure('console', { ...(await shipped('components/console/config.yaml')), ...fields(context, place) }, { [CA]: caOf(context) })
  await make('secrets', 'jit-console', { stringData: register(context, url) })
  await configure('apiserver', { ...(await shipped('overlays/local/config-apiserver.yaml')), passkeys: { consoleURL: url } })
  const controller = await shipped('overlays/local/config-controller.yaml')
  await configure('controller', { ...controller, notifications: { ...controller['notifications'], consoleURL: url } })
}
