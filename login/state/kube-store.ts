import { timestamp } from '../../domain/api/object-meta.ts'
import { LOGIN_STATES_PATH, type LoginState } from '../../domain/api/login/login-state.ts'
import { API_VERSION, objectPath } from '../../domain/api/names.ts'
import { saysAbsent, StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Item, StateStore, Stored } from './store.ts'

const isGone = (error: unknown, name: string): boolean => saysAbsent(error, { resource: 'loginstates', name })

const objectOf = (key: string, { type, value, expiresAtMs, version }: Item & { readonly version?: string }) => ({
  apiVersion: API_VERSION,
  kind: 'LoginState',
  metadata: { name: key, ...(version === undefined ? {} : { resourceVersion: version }) },
  spec: { type, expiresAt: timestamp(expiresAtMs), sealed: value },
})

const storedOf = ({ metadata, spec }: LoginState): Stored => ({
  value: spec.sealed,
  expiresAtMs: Date.parse(spec.expiresAt),
  version: metadata.resourceVersion ?? '',
})

/** Undefined when another one was faster: the call is a conflict, or the object is gone. */
const attempt = async <T>(key: string, call: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await call()
  } catch (error) {
    if ((error instanceof StatusError && error.code === 409) || isGone(error, key)) return undefined
    throw error
  }
}

/**
 * LoginStates in the apiserver of jit-access. Preconditions make each write atomic: names are unique, and a PUT or DELETE that names an old
 * resourceVersion is a conflict.
 */
export function createKubeStore(client: KubeClient): StateStore {
  const write = (key: string, call: { readonly method: 'POST' | 'PUT'; readonly path: string; readonly body: object }) =>
    attempt(key, async () => storedOf(await client.json<LoginState>(call)).version)
  return {
    get: async (key) => {
      try {
        return storedOf(await client.json<LoginState>({ method: 'GET', path: objectPath(LOGIN_STATES_PATH, key) }))
      } catch (error) {
        if (isGone(error, key)) return undefined
        throw error
      }
    },
    create: (key, item) => write(key, { method: 'POST', path: LOGIN_STATES_PATH, body: objectOf(key, item) }),
    replace: (key, item) => write(key, { method: 'PUT', path: objectPath(LOGIN_STATES_PATH, key), body: objectOf(key, item) }),
    remove: async (key, version) => {
      const preconditions = version === undefined ? {} : { preconditions: { resourceVersion: version } }
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions }
      return (await attempt(key, () => client.json<object>({ method: 'DELETE', path: objectPath(LOGIN_STATES_PATH, key), body }))) !== undefined
    },
  }
}
