import { loginStateSpecSchema, type LoginState } from '../../domain/api/login/login-state.ts'
import { invalid, StatusError } from '../../domain/status-error.ts'
import type { Kind, KubeObject, Visibility } from '../machinery/kind.ts'
import { SEES_ALL } from '../machinery/read/visibility.ts'
import type { Store } from '../storage/port.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { seesOwnAlone, type VisibilityDependencies } from './visibility.ts'

export const LOGIN_STATES = 'loginstates'

/** Safe because the machinery has checked the object against the schema. */
export const asLoginState = (object: KubeObject): LoginState => object as unknown as LoginState

function update(next: KubeObject, old: KubeObject): KubeObject {
  if (asLoginState(next).spec.type !== asLoginState(old).spec.type)
    throw invalid('LoginState', old.metadata.name, [
      { reason: 'FieldValueInvalid', field: 'spec.type', message: 'Invalid value: field is immutable' },
    ])
  return next
}

/** Each replica of login bounds what it makes, and forgets that when it starts again. A full disk would end approvals, too. */
const MAX_STATES = 100_000
/** To count reads every row, so what is created in between is added. */
const COUNTED_MS = 60_000

/**
 * Bounds the LoginStates of all replicas. What it returns counts one that was stored.
 * @throws StatusError TooManyRequests
 */
export function createRoom(store: Store, most = MAX_STATES): (nowMs: number) => Promise<() => void> {
  let counted = { atMs: Number.NEGATIVE_INFINITY, count: 0 }
  return async (nowMs) => {
    if (!(Math.abs(nowMs - counted.atMs) < COUNTED_MS)) {
      const { entries, remaining } = await store.list(LOGIN_STATES, { limit: 1 })
      counted = { atMs: nowMs, count: entries.length + remaining }
    }
    if (counted.count >= most)
      throw new StatusError('TooManyRequests', `there are ${most} LoginStates, the most that are possible; try again when some have expired`, {
        details: { retryAfterSeconds: COUNTED_MS / 1000 },
      })
    return () => void (counted.count += 1)
  }
}

const SEES_NONE: Visibility = { extent: 'none', sees: () => false }

/**
 * What the replicas of login share. Its preconditions make a code work once: of two updates or removals that name the same resourceVersion, one succeeds. RBAC lets only
 * login write it, and what is in it is sealed.
 */
export function loginStates(deps: VisibilityDependencies): Kind {
  const room = createRoom(deps.store)
  return {
    resource: LOGIN_STATES,
    singular: 'loginstate',
    kind: 'LoginState',
    shortNames: [],
    description: 'Something that the replicas of login share, sealed, until it expires.',
    spec: loginStateSpecSchema,
    verbs: ['create', 'get', 'list', 'watch', 'update', 'delete', 'deletecollection'],
    fields: {},
    columns: [
      nameColumn,
      { name: 'Type', type: 'string', priority: 0, description: 'What it is.', value: (object) => asLoginState(object).spec.type },
      { name: 'Expires', type: 'string', priority: 0, description: 'When it ends.', value: (object) => asLoginState(object).spec.expiresAt },
      ageColumn,
    ],
    strategy: {
      create: (object) => Promise.resolve(object),
      alongside: async (object, { nowMs }) => ({ object, committed: await room(nowMs) }),
      update: (next, old) => Promise.resolve(update(next, old)),
      validate: () => [],
      present: (object) => object,
    },
    // Nothing here is for agents, whatever RBAC allows them to read.
    visibilityOf: async (user) => ((await seesOwnAlone(deps, user)) ? SEES_NONE : SEES_ALL),
    subresources: [],
  }
}
