import type { ObjectSchema } from '../../../domain/api/schema.ts'

const text = (description: string) => ({ type: 'string', description }) as const
const whole = (description: string) => ({ type: 'integer', format: 'int64', description }) as const
const strings = (description: string) => ({ type: 'object', description, additionalProperties: text('A value.') }) as const
const yes = (description: string) => ({ type: 'boolean', description }) as const

/** `metadata` as a client may send it, without managedFields. Fields that the server sets are accepted here and ignored when the object is stored. */
export const metadataSchema: ObjectSchema = {
  type: 'object',
  description: 'Metadata that every persisted object has.',
  properties: {
    name: text('Name.'),
    generateName: text('Prefix of a name that the server generates.'),
    namespace: text('Always empty.'),
    selfLink: text('Not used.'),
    uid: text('Set by the server.'),
    resourceVersion: text('Version that the client last read.'),
    generation: whole('Set by the server.'),
    creationTimestamp: text('Set by the server.'),
    deletionTimestamp: text('Set by the server.'),
    deletionGracePeriodSeconds: whole('Set by the server.'),
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
          controller: yes('Whether this owner is the managing controller.'),
          blockOwnerDeletion: yes('Whether foreground deletion of the owner waits for this object.'),
        },
      },
    },
  },
}
