import type { Of } from './schema.ts'

/** A condition as meta/v1 has it. Absent means: not so, as far as anybody has said. */
export const conditionSchema = {
  type: 'object',
  description: 'A state that the object has reached.',
  required: ['type', 'status'],
  properties: {
    type: { type: 'string', description: 'What the condition says, an adjective in PascalCase. Required.', minLength: 1, maxLength: 316 },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it holds. Required.' },
    reason: { type: 'string', description: 'One CamelCase word. Left out: none was given.', maxLength: 1024 },
    message: { type: 'string', description: 'A sentence for people. Left out: none was given.', maxLength: 32768 },
    observedGeneration: { type: 'integer', format: 'int64', description: 'Generation that this was said of. Left out: unknown.', minimum: 0 },
    lastUpdateTime: { type: 'string', format: 'date-time', description: 'When it was last said. Stamped by the server.' },
    lastTransitionTime: { type: 'string', format: 'date-time', description: 'When the status last changed. Stamped by the server.' },
  },
} as const
export type Condition = Of<typeof conditionSchema>

export const conditionsSchema = {
  type: 'array',
  description: 'What is known about the object, one entry a type.',
  items: conditionSchema,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
} as const

/** Whether a condition of this type holds. Absent and Unknown are no. */
export function holds(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}
