import { timestamp } from '../../domain/api/object-meta.ts'
import { LOGIN_STATES_PATH, type LoginState } from '../../domain/api/login/login-state.ts'
import { API_VERSION, objectPath } from '../../domain/api/names.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Item, StateStore, Stored } from './store.ts'

const isCode = (error: unknown, ...codes: readonly number[]): boolean => error instanceof StatusError && codes.includes(error.code)

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

/** Undefined when the call fails with one of the codes: another one was faster. */
const attempt = async <T>(call: () => Promise<T>, ...lost: readonly number[]): Promise<T | undefined> => {
  try {
    return await call()
  } catch (error) {
    if (isCode(error, ...lost)) return undefined
    throw error
  }
}

/**
 * LoginStates in the apiserver of jit-access. Preconditions make each write atomic: names are unique, and a PUT or DELETE that names an old
 * resourceVersion is a conflict.
 */
export function createKubeStore(client: KubeClient): StateStore {
  const write = (call: { readonly method: 'POST' | 'PUT'; readonly path: string; readonly body: object }, ...lost: readonly number[]) =>
    attempt(async () => storedOf(await client.json<LoginState>(call)).version, ...lost)
  return {
    get: async (key) => {
      try {
        return storedOf(await client.json<LoginState>({ method: 'GET', path: objectPath(LOGIN_STATES_PATH, key) }))
      } catch (error) {
        // The apiserver's own answer. A 404 of anything before says nothing about this object.
        if (error instanceof StatusError && error.code === 404 && error.details?.name === key) return undefined
        throw error
      }
    },
    create: (key, item) => write({ method: 'POST', path: LOGIN_STATES_PATH, body: objectOf(key, item) }, 409),
    replace: (key, item) => write({ method: 'PUT', path: objectPath(LOGIN_STATES_PATH, key), body: objectOf(key, item) }, 404, 409),
    remove: async (key, version) => {
      const preconditions = version === undefined ? {} : { preconditions: { resourceVersion: version } }
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions }
      return (await attempt(() => client.json<object>({ method: 'DELETE', path: objectPath(LOGIN_STATES_PATH, key), body }), 404, 409)) !== undefined
    },
  }
}
