import { userSchema } from '../rules.ts'

export const whoAmISpecSchema = { type: 'object', description: 'Empty. The review is about the caller.', properties: {} } as const
export const whoAmIStatusSchema = {
  type: 'object',
  description: 'Result of the review.',
  properties: {
    user: { ...userSchema, description: 'Caller as the API server authenticated it.' },
    policies: {
      type: 'array',
      description: 'AccessPolicies that govern the caller. Absent when there are none; jit-access neither allows nor refuses anything in this case.',
      items: { type: 'string', description: 'Name of a policy.' },
    },
  },
} as const
