import type { Of } from './schema.ts'

/** A condition as in meta/v1. An absent condition means that nothing has been observed yet. */
export const conditionSchema = {
  type: 'object',
  description: 'One observation of the state of the object.',
  required: ['type', 'status'],
  properties: {
    type: { type: 'string', description: 'Type of the condition, an adjective in PascalCase. Required.', minLength: 1, maxLength: 316 },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Status of the condition. Required.' },
    reason: { type: 'string', description: 'Reason as one CamelCase word. Optional. Defaults to none.', maxLength: 1024 },
    message: { type: 'string', description: 'Explanation for people. Optional. Defaults to none.', maxLength: 32768 },
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'Generation of the object that the condition describes. Optional. Defaults to unknown.',
      minimum: 0,
    },
    lastUpdateTime: { type: 'string', format: 'date-time', description: 'Time of the last update. Set by the server.' },
    lastTransitionTime: { type: 'string', format: 'date-time', description: 'Time of the last change of the status. Set by the server.' },
  },
} as const
export type Condition = Of<typeof conditionSchema>

export const conditionsSchema = {
  type: 'array',
  description: 'Observations of the object, at most one of each type.',
  items: conditionSchema,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
} as const

/** A condition that is True from a time on. */
export const trueSince = (time: string, said: Pick<Condition, 'type' | 'reason' | 'message'>): Condition => ({
  ...said,
  status: 'True',
  lastUpdateTime: time,
  lastTransitionTime: time,
})

/** Whether a condition of this type is True. Absent and Unknown count as not True. */
export function holds(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}
