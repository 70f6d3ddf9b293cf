import { EXTRA, GROUP, VIA_EXTRA } from '../../domain/api/names.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeAnswer, KubeCall, KubeClient } from '../../kube/client.ts'
import type { Session } from '../session/session.ts'

/** The value of the extra `jit.access/via`. RBAC lets the console send no other. */
const VIA = 'console'

type Call = Omit<KubeCall, 'headers'>

/** Calls in the name of the user. */
export type UserClient = {
  json<T>(call: Call): Promise<T>
  /** A response of any status, whose body the caller reads. `accept`: its media type. */
  raw(call: Call & { readonly accept: string }): Promise<KubeAnswer>
}

/** Encodes UTF-8 for a header: undici writes each character as one byte, and kube-apiserver reads the bytes as UTF-8. */
const utf8 = (value: string): string => Buffer.from(value, 'utf8').toString('latin1')
const extra = (key: string): string => `impersonate-extra-${encodeURIComponent(key)}`

const isReserved = (name: string): boolean => name.toLowerCase().startsWith('system:') || name.toLowerCase().startsWith(`${GROUP}:`)

/**
 * The headers that make a call one of the user. Sign-in refuses reserved names already; here nothing else than the names themselves is trusted.
 * @throws StatusError Forbidden for a name of Kubernetes or of jit-access
 */
export function impersonationHeaders({ username, groups, id }: Pick<Session, 'username' | 'groups' | 'id'>): NonNullable<KubeCall['headers']> {
  if (username === '' || [username, ...groups].some(isReserved))
    throw new StatusError('Forbidden', 'the console acts in the name of no user or group of Kubernetes or of jit-access')
  return {
    'impersonate-user': utf8(username),
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups.map(utf8) }),
    [extra(EXTRA.session)]: id,
    [extra(VIA_EXTRA)]: VIA,
  }
}

/** kube-apiserver's words when the console itself may not act in the user's name. */
const cannotImpersonate = (error: unknown): boolean => error instanceof StatusError && error.code === 403 && / cannot impersonate/.test(error.message)

/** The error in words for the user, who can do nothing about the rights of the console. Any other error stays. */
export function inUserWords(error: unknown): unknown {
  if (!cannotImpersonate(error)) return error
  const message = 'this installation does not let the console act in your name; an admin finds the reason in the log of the console'
  return new StatusError('InternalError', message, { cause: error })
}

/** @param signal ends every call */
export function userClient(client: KubeClient, session: Session, signal: AbortSignal): UserClient {
  const headers = impersonationHeaders(session)
  return {
    raw: ({ accept, ...call }) => client.raw({ signal, ...call, headers: { ...headers, accept } }),
    json: async <T>(call: Call): Promise<T> => {
      try {
        return await client.json<T>({ signal, ...call, headers })
      } catch (error) {
        throw inUserWords(error)
      }
    },
  }
}
