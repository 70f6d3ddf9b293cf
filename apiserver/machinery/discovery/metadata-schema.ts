import type { ObjectSchema } from '../../../domain/api/schema.ts'

const text = (description: string) => ({ type: 'string', description }) as const
const whole = (description: string) => ({ type: 'integer', format: 'int64', description }) as const
const strings = (description: string) => ({ type: 'object', description, additionalProperties: text('A value.') }) as const
const yes = (description: string) => ({ type: 'boolean', description }) as const

/** metadata as a client may send it, managedFields aside; what of it counts is decided when it is stored. */
export const metadataSchema: ObjectSchema = {
  type: 'object',
  description: 'Metadata that every persisted object has.',
  properties: {
    name: text('Name.'),
    generateName: text('Prefix of a name that the server makes.'),
    namespace: text('Always empty.'),
    selfLink: text('Not used.'),
    uid: text('Stamped by the server.'),
    resourceVersion: text('Version that the client saw.'),
    generation: whole('Stamped by the server.'),
    creationTimestamp: text('Stamped by the server.'),
    deletionTimestamp: text('Stamped by the server.'),
    deletionGracePeriodSeconds: whole('Stamped by the server.'),
    labels: strings('Labels.'),
    annotations: strings('Annotations.'),
    finalizers: { type: 'array', description: 'Finalizers.', items: text('A finalizer.'), 'x-kubernetes-list-type': 'set' },
    ownerReferences: {
      type: 'array',
      description: 'Owners.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        description: 'An owner.',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: {
          apiVersion: text('API version.'),
          kind: text('Kind.'),
          name: text('Name.'),
          uid: text('UID.'),
          controller: yes('Whether it is the managing owner.'),
          blockOwnerDeletion: yes('Whether the owner waits.'),
        },
      },
    },
  },
}
