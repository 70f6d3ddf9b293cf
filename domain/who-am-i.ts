import { userSchema } from './rules.ts'

export const whoAmISpecSchema = { type: 'object', description: 'Empty: the question is the caller.', properties: {} } as const
export const whoAmIStatusSchema = {
  type: 'object',
  description: 'The answer.',
  properties: {
    user: { ...userSchema, description: 'The caller as the API server authenticated it.' },
    policies: {
      type: 'array',
      description: 'AccessPolicies that govern the caller. Left out: none; then jit-access gives nothing and takes nothing.',
      items: { type: 'string', description: 'Name of a policy.' },
    },
  },
} as const
