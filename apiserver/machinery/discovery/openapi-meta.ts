/** Definitions of meta/v1 that our objects refer to, in the words of the Kubernetes API reference, shortened. */
export const META_PREFIX = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

type Ref = (name: string) => object

const text = (description: string): object => ({ type: 'string', description })
const strings = (description: string): object => ({ type: 'object', description, additionalProperties: { type: 'string' } })
const time = (description: string): object => ({ type: 'string', format: 'date-time', description })

export const META_DEFINITIONS = (ref: Ref): { readonly [name: string]: object } => ({
  [`${META_PREFIX}ObjectMeta`]: {
    description: 'Metadata that every persisted object has.',
    type: 'object',
    properties: {
      name: text('Name of the object, unique among its kind.'),
      generateName: text('Prefix of a name that the server makes when name is left out.'),
      namespace: text('Always empty: these kinds are cluster-scoped.'),
      selfLink: text('Not used.'),
      uid: text('Unique in time and space. Stamped by the server.'),
      resourceVersion: text('Version of the object, opaque.'),
      generation: { type: 'integer', format: 'int64', description: 'Counts the changes of the spec.' },
      creationTimestamp: time('When it was made. Stamped by the server.'),
      deletionTimestamp: time('When its deletion was asked for.'),
      deletionGracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Always 0 here.' },
      labels: strings('Labels that selectors find it by.'),
      annotations: strings('Further facts.'),
      finalizers: {
        type: 'array',
        description: 'What must be done before it is gone.',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'set',
        'x-kubernetes-patch-strategy': 'merge',
      },
      ownerReferences: {
        type: 'array',
        description: 'Objects that it belongs to; it goes with the last of them.',
        items: ref(`${META_PREFIX}OwnerReference`),
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['uid'],
        'x-kubernetes-patch-merge-key': 'uid',
        'x-kubernetes-patch-strategy': 'merge',
      },
      managedFields: { type: 'array', description: 'Who manages which field.', items: ref(`${META_PREFIX}ManagedFieldsEntry`) },
    },
  },
  [`${META_PREFIX}OwnerReference`]: {
    description: 'An owner.',
    type: 'object',
    required: ['apiVersion', 'kind', 'name', 'uid'],
    properties: {
      apiVersion: text('API version of the owner.'),
      kind: text('Kind of the owner.'),
      name: text('Name of the owner.'),
      uid: text('UID of the owner.'),
      controller: { type: 'boolean', description: 'Whether it is the managing owner.' },
      blockOwnerDeletion: { type: 'boolean', description: 'Whether the owner waits for this object.' },
    },
    'x-kubernetes-map-type': 'atomic',
  },
  [`${META_PREFIX}ManagedFieldsEntry`]: {
    description: 'The fields that one manager owns.',
    type: 'object',
    properties: {
      apiVersion: text('Version that the fields are of.'),
      fieldsType: text('FieldsV1.'),
      fieldsV1: { type: 'object', description: 'The fields.' },
      manager: text('Name of the manager.'),
      operation: text('Apply or Update.'),
      subresource: text('Subresource that was written.'),
      time: time('When.'),
    },
  },
  [`${META_PREFIX}ListMeta`]: {
    description: 'Metadata of a list.',
    type: 'object',
    properties: {
      continue: text('Where the next page begins.'),
      remainingItemCount: { type: 'integer', format: 'int64', description: 'Objects after this page.' },
      resourceVersion: text('Version of the snapshot.'),
      selfLink: text('Not used.'),
    },
  },
  [`${META_PREFIX}DeleteOptions`]: {
    description: 'Options of a deletion.',
    type: 'object',
    properties: {
      apiVersion: text('API version of the options.'),
      kind: text('DeleteOptions.'),
      dryRun: { type: 'array', description: 'All: nothing is deleted.', items: { type: 'string' } },
      gracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Not used.' },
      orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
      preconditions: ref(`${META_PREFIX}Preconditions`),
      propagationPolicy: text('Background, Foreground or Orphan. Left out: Background.'),
    },
  },
  [`${META_PREFIX}Preconditions`]: {
    description: 'What must hold before a deletion.',
    type: 'object',
    properties: { uid: text('UID that the object must have.'), resourceVersion: text('Version that it must have.') },
  },
})
