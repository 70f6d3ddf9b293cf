import type { Of } from '../schema.ts'

/** Answers what a request would touch, for who may certify it. */
export const accessImpactSpecSchema = {
  type: 'object',
  description: 'The request to examine.',
  required: ['requestName'],
  properties: {
    requestName: { type: 'string', description: 'AccessRequest. The caller must be allowed to certify it. Required.', minLength: 1, maxLength: 253 },
  },
} as const
export const accessImpactStatusSchema = {
  type: 'object',
  description: 'What the request would touch, as the cluster is now. Set by the server.',
  required: ['places'],
  properties: {
    places: {
      type: 'array',
      description: 'Objects and collections that the request may change or connect to. Empty when it only reads, and when it is no longer pending.',
      items: {
        type: 'object',
        description: 'An object or a collection.',
        required: ['place', 'lines'],
        properties: {
          place: { type: 'string', description: 'Its kind, namespace and name.' },
          lines: {
            type: 'array',
            description: 'What is known of it, for people: replicas, pods, owners, PodDisruptionBudgets, Services, or how much a selector matches.',
            items: { type: 'string', description: 'A line.' },
          },
        },
      },
    },
    more: {
      type: 'integer',
      format: 'int32',
      description: 'Number of further places that were not examined. Absent when there is none.',
      minimum: 0,
    },
  },
} as const

export type AccessImpactStatus = Of<typeof accessImpactStatusSchema>
