import { fetch, type Agent } from 'undici'

/** The part of Keycloak's Admin REST API that tests need. */
export type KeycloakAdmin = {
  createRealm(realm: object): Promise<void>
  /** Adds a key with a higher priority, which signs from now on. The older one stays published. */
  addSigningKey(realm: string): Promise<void>
  /** Removes the keys that do not sign any more. */
  removeOldKeys(realm: string): Promise<void>
  call(method: string, path: string, body?: object): Promise<unknown>
}

type Component = {
  readonly id: string
  readonly name: string
  readonly providerId: string
  readonly config: { readonly priority?: readonly string[] }
}
type Options = { readonly url: string; readonly password: string; readonly dispatcher: Agent }

export function createAdmin({ url, password, dispatcher }: Options): KeycloakAdmin {
  const token = async (): Promise<string> => {
    const body = new URLSearchParams({ client_id: 'admin-cli', grant_type: 'password', username: 'admin', password }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body, headers, dispatcher })
    return ((await response.json()) as { readonly access_token: string }).access_token
  }
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' }
    const response = await fetch(`${url}/admin${path}`, {
      method,
      headers,
      dispatcher,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`Keycloak: ${method} ${path} answers ${response.status}: ${text.slice(0, 300)}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const keys = async (realm: string): Promise<readonly Component[]> => {
    const all = (await call('GET', `/realms/${realm}/components?type=org.keycloak.keys.KeyProvider`)) as readonly Component[]
    return all.filter(({ providerId }) => providerId === 'rsa-generated').sort((one, other) => priorityOf(other) - priorityOf(one))
  }
  return {
    call,
    createRealm: async (realm) => void (await call('POST', '/realms', realm)),
    addSigningKey: async (realm) => {
      const [newest] = await keys(realm)
      const priority = String((newest === undefined ? 0 : priorityOf(newest)) + 1)
      const config = { priority: [priority], enabled: ['true'], active: ['true'], algorithm: ['RS256'], keySize: ['2048'] }
      await call('POST', `/realms/${realm}/components`, {
        name: `rsa-${priority}`,
        providerId: 'rsa-generated',
        providerType: 'org.keycloak.keys.KeyProvider',
        config,
      })
    },
    removeOldKeys: async (realm) => {
      for (const { id } of (await keys(realm)).slice(1)) await call('DELETE', `/realms/${realm}/components/${id}`)
    },
  }
}

const priorityOf = ({ config }: Component): number => Number(config.priority?.[0] ?? 0)
