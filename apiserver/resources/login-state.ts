import { loginStateSpecSchema, type LoginState } from '../../domain/api/login/login-state.ts'
import { invalid, type StatusCause } from '../../domain/status-error.ts'
import type { Kind, KubeObject } from '../machinery/kind.ts'
import { ageColumn, nameColumn } from './columns.ts'

export const LOGIN_STATES = 'loginstates'

/** Safe because the machinery has checked the object against the schema. */
export const asLoginState = (object: KubeObject): LoginState => object as unknown as LoginState

function validate({ spec }: LoginState): readonly StatusCause[] {
  const { expiresAt } = spec
  return Number.isNaN(Date.parse(expiresAt)) ? [{ reason: 'FieldValueInvalid', field: 'spec.expiresAt', message: 'Invalid value: not a time' }] : []
}

function update(next: KubeObject, old: KubeObject): KubeObject {
  if (asLoginState(next).spec.type !== asLoginState(old).spec.type)
    throw invalid('LoginState', old.metadata.name, [
      { reason: 'FieldValueInvalid', field: 'spec.type', message: 'Invalid value: field is immutable' },
    ])
  return next
}

/**
 * What the replicas of login share. Its preconditions make a code work once: of two updates or removals that name the same resourceVersion, one succeeds. RBAC lets only
 * login write it, and what is in it is sealed.
 */
export function loginStates(): Kind {
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
      update: (next, old) => Promise.resolve(update(next, old)),
      validate: (object) => validate(asLoginState(object)),
      present: (object) => object,
    },
    subresources: [],
  }
}
