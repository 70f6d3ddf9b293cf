import { API_VERSION } from '../names.ts'
import type { Resource } from '../object-meta.ts'
import type { Of } from '../schema.ts'

export const LOGIN_STATES_PATH = `/apis/${API_VERSION}/loginstates`

export const loginStateSpecSchema = {
  type: 'object',
  description: 'Something that the replicas of login share, such as a code that works once.',
  required: ['type', 'expiresAt', 'sealed'],
  properties: {
    type: {
      type: 'string',
      description: 'What it is, for example AuthorizationCode or RefreshToken. Immutable. Required.',
      minLength: 1,
      maxLength: 63,
    },
    expiresAt: { type: 'string', format: 'date-time', description: 'When it ends. The apiserver deletes it afterwards. Required.' },
    sealed: {
      type: 'string',
      description: 'The content, encrypted with a key that only login has. Nobody who reads the object learns a code or a token from it. Required.',
      minLength: 1,
      maxLength: 131_072,
      pattern: '^[A-Za-z0-9_.-]+$',
    },
  },
} as const

export type LoginStateSpec = Of<typeof loginStateSpecSchema>
export type LoginState = Resource<LoginStateSpec, never>
