import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../cluster/settings.ts'
import type { Environment } from '../demo/environment.ts'
import { OWN_IDENTITIES, readIdentities } from '../identity-provider/identities.ts'
import { realmOf } from '../keycloak/realm.ts'
import { createServiceProvider, type ServiceProvider } from '../keycloak/service-provider.ts'
import { startKeycloak, type Keycloak } from '../keycloak/start-keycloak.ts'
import type { Cleanup } from './cleanup.ts'
import type { Layout } from './environment-paths.ts'
import type { Say } from './progress.ts'

const REALM = 'jit'
/** Prefix of the names and groups of its people: login has another upstream, whose people may have the same names. */
export const KEYCLOAK_PREFIX = 'keycloak:'

/** A Keycloak with the people of the development identity provider, and login as a SAML service provider of it. */
export type LocalKeycloak = {
  readonly environment: NonNullable<Environment['keycloak']>
  readonly serviceProvider: ServiceProvider
  readonly pid: () => number | undefined
}

/** Makes the realm with everybody of hack/identity-provider/identities.yaml, all with one password. */
export async function makeRealm(keycloak: Keycloak, password: string): Promise<ServiceProvider> {
  const identities = [...(await readIdentities(OWN_IDENTITIES)).values()]
  const people = identities.map(({ id, groups }) => ({ username: id, password, groups }))
  await keycloak.admin.createRealm(realmOf({ name: REALM, displayName: 'Local environment', people }))
  return await createServiceProvider(keycloak, { realm: REALM, id: 'keycloak', label: 'Keycloak', namePrefix: KEYCLOAK_PREFIX })
}

type Options = { readonly layout: Layout; readonly settings: Settings; readonly say: Say; readonly cleanup: Cleanup; readonly signal: AbortSignal }

/** Starts it and makes login, whose address is known, a client. The cleanup ends it while it starts, too. */
export async function startLocalKeycloak({ layout, settings, say, cleanup, signal }: Options, loginURL: string): Promise<LocalKeycloak> {
  const dir = layout.keycloak
  // Of everybody in it, since it lives as long as this environment, on this machine only.
  const password = randomBytes(12).toString('base64url')
  const ending = new AbortController()
  const starting = startKeycloak({
    cacheDir: settings.cacheDir,
    dir,
    password,
    say: (line) => say(`keycloak: ${line.trim()}`),
    signal: AbortSignal.any([signal, ending.signal]),
  })
  cleanup.add('Keycloak', async () => {
    ending.abort(new Error('stopped'))
    await (await starting.catch(() => undefined))?.stop()
  })
  const keycloak = await starting
  const passwordFile = join(dir, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  const serviceProvider = await makeRealm(keycloak, password)
  await serviceProvider.register(loginURL)
  const { url, caFile, pid } = keycloak
  say(`keycloak: ${url}, realm ${REALM}`)
  return { environment: { url, caFile, realm: REALM, adminUser: 'admin', passwordFile }, serviceProvider, pid }
}
