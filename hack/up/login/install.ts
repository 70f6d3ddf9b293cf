import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { UpContext } from '../up-context.ts'
import { apply } from '../kubectl.ts'
import { loginFields } from './configure.ts'

/** Where the StatefulSet mounts its Secrets, and the ConfigMap, which has the CA of the provider here. */
const FOLDERS = '/etc/jit-access'
const CA = 'identity-provider-ca.crt'

const secret = (name: string, stringData: { readonly [key: string]: string }): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'jit-system' },
  stringData,
})

/** Makes the Secrets that docs/how-to/login.md tells an admin to make. */
export async function applyLoginSecrets({ kubectl, login, keycloak }: UpContext): Promise<void> {
  const { cert, key } = login.certificate
  await apply(kubectl, [
    secret('jit-login-tls', { 'tls.crt': cert, 'tls.key': key, 'ca.crt': login.ca }),
    secret('jit-login', login.secrets),
    secret('jit-login-signing-keys', { 'current.pem': login.signingKey }),
    ...(keycloak === undefined ? [] : [secret('jit-login-saml', keycloak.serviceProvider.files)]),
  ])
}

/** Makes the ConfigMap that the Pod of login waits for, since it depends on the URL of the console. */
export async function installLogin(context: UpContext, consoleURL: string): Promise<void> {
  const { client, cluster, provider, root } = context
  const shipped = parse(await readFile(join(root, 'kustomize/components/login/config.yaml'), 'utf8')) as object
  const address = `${cluster.hostIP}:${provider.port}`
  const place = {
    keysDir: `${FOLDERS}/signing-keys`,
    secretsDir: `${FOLDERS}/secrets`,
    samlDir: `${FOLDERS}/saml`,
    caFile: `${FOLDERS}/config/${CA}`,
    connectTo: address,
    jwksURL: `https://${address}/jwks`,
  }
  const config = { ...shipped, ...loginFields(context, place, consoleURL) }
  await client.json({
    method: 'POST',
    path: '/api/v1/namespaces/jit-system/configmaps',
    body: { metadata: { name: 'login-local' }, data: { 'config.yaml': stringify(config), [CA]: provider.ca } },
  })
}
