/** Definitions of meta/v1 that the kinds refer to. Descriptions are shortened from the Kubernetes API reference. */
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
      generateName: text('Prefix of the name that the server generates if name is not set.'),
      namespace: text('Always empty: these kinds are cluster-scoped.'),
      selfLink: text('Not used.'),
      uid: text('Unique in time and space. Set by the server.'),
      resourceVersion: text('Opaque version of the object.'),
      generation: { type: 'integer', format: 'int64', description: 'Sequence number of the spec. Increases with every change of the spec.' },
      creationTimestamp: time('Time when the object was created. Set by the server.'),
      deletionTimestamp: time('Time when deletion of the object was requested. Set by the server.'),
      deletionGracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Always 0 here.' },
      labels: strings('Labels. Selectors match objects by their labels.'),
      annotations: strings('Arbitrary metadata of external tools. Not queryable.'),
      finalizers: {
        type: 'array',
        description: 'Must be empty before the object is removed. Each entry names a component that removes it after its cleanup.',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'set',
        'x-kubernetes-patch-strategy': 'merge',
      },
      ownerReferences: {
        type: 'array',
        description: 'Objects that own this object. It is garbage-collected when all owners are deleted.',
        items: ref(`${META_PREFIX}OwnerReference`),
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['uid'],
        'x-kubernetes-patch-merge-key': 'uid',
        'x-kubernetes-patch-strategy': 'merge',
      },
      managedFields: { type: 'array', description: 'Which manager owns which fields.', items: ref(`${META_PREFIX}ManagedFieldsEntry`) },
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
      controller: { type: 'boolean', description: 'Whether this owner is the managing controller.' },
      blockOwnerDeletion: { type: 'boolean', description: 'Whether foreground deletion of the owner waits for this object.' },
    },
    'x-kubernetes-map-type': 'atomic',
  },
  [`${META_PREFIX}ManagedFieldsEntry`]: {
    description: 'The fields that one manager owns.',
    type: 'object',
    properties: {
      apiVersion: text('API version of the resource that the fields belong to.'),
      fieldsType: text('FieldsV1.'),
      fieldsV1: { type: 'object', description: 'The fields.' },
      manager: text('Name of the manager.'),
      operation: text('Apply or Update.'),
      subresource: text('Subresource that was used for the write. Empty for the main resource.'),
      time: time('Time of the last change of this entry.'),
    },
  },
  [`${META_PREFIX}ListMeta`]: {
    description: 'Metadata of a list.',
    type: 'object',
    properties: {
      continue: text('Token for the next page. Empty on the last page.'),
      remainingItemCount: { type: 'integer', format: 'int64', description: 'Number of objects after this page.' },
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
      dryRun: { type: 'array', description: 'Dry run: only the value All is valid. Nothing is deleted then.', items: { type: 'string' } },
      gracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Not used.' },
      orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
      preconditions: ref(`${META_PREFIX}Preconditions`),
      propagationPolicy: text('Background, Foreground or Orphan. Optional. Defaults to Background.'),
    },
  },
  [`${META_PREFIX}Preconditions`]: {
    description: 'Must be fulfilled before the object is deleted.',
    type: 'object',
    properties: { uid: text('UID that the object must have.'), resourceVersion: text('Resource version that the object must have.') },
  },
})
