import { GAIN_PATTERN } from './gain.ts'
import type { Of } from './schema.ts'

/**
 * Patterns of requestable values. Nothing outside them can ever be covered, since the gateway accepts only printable ASCII in paths. Other characters
 * might change the screen of an approver or pass for text of the program. `*` is refused elsewhere with its own message.
 */
const VERB = '^[A-Za-z*:-]+$'
const GROUP = '^[a-z0-9*.-]*$'
const RESOURCE = '^[A-Za-z0-9*._/-]+$'
const NAMESPACE = '^[a-z0-9*-]+$'
const NAME = '^[ !#-~]+$'
const KEY = '^[A-Za-z0-9*._-]+$'

const words = <Pattern extends string>(description: string, pattern: Pattern) =>
  ({ type: 'array', description, items: { type: 'string', description: 'One value.', minLength: 1, maxLength: 253, pattern }, maxItems: 64 }) as const

/** What an AccessRequest requests and an AccessGrant gives: an RBAC PolicyRule with the namespaces that it applies to. */
export const accessRuleSchema = {
  type: 'object',
  description: 'One rule of access, written as RBAC writes it. A request is covered when every field of one rule matches it.',
  required: ['verbs', 'resources'],
  properties: {
    verbs: {
      ...words('Kubernetes verbs: get, list, watch, create, update, patch, delete, deletecollection. "*" means all of these. Required.', VERB),
      minItems: 1,
    },
    apiGroups: {
      ...words('API groups; "" is the core group. Optional. Defaults to the core group.', GROUP),
      items: { type: 'string', description: 'A group.', maxLength: 253, pattern: GROUP },
    },
    resources: { ...words('Plural resource names; subresources as "pods/exec". "*" is not accepted. Required.', RESOURCE), minItems: 1 },
    namespaces: words('Namespaces that the rule applies to. Optional. Defaults to none: the rule covers only cluster-scoped objects.', NAMESPACE),
    resourceNames: words('Names of the objects. Optional. Defaults to every name.', NAME),
    gains: words(
      'Powers that writes may give to a workload, as Privileged or Secret=db, or a kind alone for all of its details; docs/reference/gains.md lists them. Optional. Defaults to none: only ordinary writes are covered.',
      GAIN_PATTERN,
    ),
  },
} as const
export type AccessRule = Of<typeof accessRuleSchema>

export const revealSchema = {
  type: 'object',
  description: 'Keys of one Secret that are shown unmasked.',
  required: ['namespace', 'secret', 'keys'],
  properties: {
    namespace: { type: 'string', description: 'Namespace of the Secret. Required.', minLength: 1, maxLength: 63, pattern: NAMESPACE },
    secret: { type: 'string', description: 'Name of the Secret. Required.', minLength: 1, maxLength: 253, pattern: NAME },
    keys: { ...words('Keys to show; a wildcard is not accepted. Required.', KEY), minItems: 1 },
  },
} as const
export type Reveal = Of<typeof revealSchema>

const targetSchema = {
  type: 'object',
  description: 'Object of the operation, as it was when the operation was requested.',
  required: ['name', 'uid'],
  properties: {
    namespace: { type: 'string', description: 'Namespace of the object. Optional. Defaults to none: it is cluster-scoped.', maxLength: 253 },
    name: { type: 'string', description: 'Name of the object. Required.', maxLength: 253 },
    uid: {
      type: 'string',
      description: 'UID of the object. The operation does not run on another object of the same name. Required.',
      maxLength: 128,
    },
    resourceVersion: { type: 'string', description: 'Version of the object. Optional. Defaults to unknown.', maxLength: 128 },
  },
} as const

const lineCount = (what: string) =>
  ({ type: 'integer', format: 'int32', description: `${what} that are not shown. Optional. Defaults to 0.`, minimum: 0 }) as const

/** The operation that an approval is bound to. Only the gateway sets it. */
export const operationSchema = {
  type: 'object',
  description:
    'The exact operation that the gateway holds. Only the gateway sets it; the server refuses it from other clients. Optional. Defaults to none: the request is not bound to one operation.',
  required: ['method', 'path', 'digest'],
  properties: {
    method: { type: 'string', description: 'HTTP method. Required.', maxLength: 16 },
    path: { type: 'string', description: 'Path and query. Required.', maxLength: 196608 },
    digest: { type: 'string', description: 'SHA-256 over method, path, query, content type and body, in hex. Required.', pattern: '^[0-9a-f]{64}$' },
    summary: { type: 'string', description: 'One line that describes the operation. Optional. Defaults to none.', maxLength: 1024 },
    planHash: {
      type: 'string',
      description:
        'Hash of what the operation would change, in hex. It is computed again before the operation runs; if it differs, the operation does not run and needs a new approval. Optional. Defaults to none: the approval then covers nothing.',
      pattern: '^[0-9a-f]{64}$',
    },
    targets: {
      type: 'array',
      description: 'Objects of the operation. Optional. Defaults to none: the operation creates an object, or the objects cannot be read.',
      items: targetSchema,
      maxItems: 500,
    },
    dryRun: {
      type: 'string',
      enum: ['Changed', 'Unchanged', 'Impossible'],
      description:
        'Result of a server-side dry run. Changed: it changes something, or, where values are hidden, may change something. Unchanged: it changes nothing. Impossible: no dry run is possible, as for exec. Optional. Defaults to unknown.',
    },
    dryRunMessage: {
      type: 'string',
      description:
        'Why no dry run was made when dryRun is Impossible, for example because the server of the API may not honor dry runs. Optional. Defaults to none.',
      maxLength: 1024,
    },
    diff: {
      type: 'string',
      description: 'Masked difference between the object and the result of the dry run. Optional. Defaults to none: see dryRun.',
      maxLength: 262144,
    },
    body: { type: 'string', description: 'Masked body of the request. Optional. Defaults to none.', maxLength: 65536 },
    cut: {
      type: 'object',
      description: 'How much of the plan is not shown because it is too long. When set, an approval must set unseen. Optional. Defaults to nothing.',
      properties: {
        removedLines: lineCount('Removed lines'),
        addedLines: lineCount('Added lines'),
        bodyCharacters: lineCount('Characters of the body'),
      },
    },
    planReaders: {
      type: 'string',
      enum: ['Approvers'],
      description:
        'Approvers: the requester may not read the objects of the operation. Only accessrequests/NAME/plan then serves dryRun, diff, body, cut and targets, to users that may certify the request. Optional. Defaults to every reader of the request.',
    },
  },
} as const
export type Operation = Of<typeof operationSchema>

export const userSchema = {
  type: 'object',
  description: 'A user as the API server authenticated it. Stamped by the server; a value from a client is dropped.',
  required: ['username'],
  properties: {
    username: { type: 'string', description: 'Name of the user.', maxLength: 1024 },
    uid: { type: 'string', description: 'UID of the user. Optional. Defaults to none.', maxLength: 1024 },
    groups: { type: 'array', description: 'Groups of the user. Optional. Defaults to none.', items: { type: 'string', description: 'A group.' } },
    extra: {
      type: 'object',
      description: 'Additional information from the authenticator. Optional. Defaults to none.',
      additionalProperties: { type: 'array', description: 'Values.', items: { type: 'string', description: 'A value.' } },
    },
  },
} as const
export type User = Of<typeof userSchema>

/** Kinds of uses that a policy can limit one by one. */
export const USE_CLASSES = ['read', 'write', 'delete', 'connect'] as const
export type UseClass = (typeof USE_CLASSES)[number]

/** A number for each class of uses. `said`: what the description of each number says about its absence. */
const byClass = <Count>(description: string, said: string, count: (what: string) => Count) =>
  ({
    type: 'object',
    description,
    properties: {
      read: count(`Requests that only read, such as get, list and watch. ${said}`),
      write: count(`Requests that create or change objects. ${said}`),
      delete: count(`Requests that delete objects. ${said}`),
      connect: count(`Exec, attach, port-forward, proxy and ephemeral containers. ${said}`),
    },
  }) as const

/** Limits of uses. */
export const usesByClassSchema = (description: string) =>
  byClass(
    description,
    'Optional. Defaults to no limit of their own.',
    (what) => ({ type: 'integer', format: 'int32', description: what, minimum: 0, maximum: 100000 }) as const,
  )

/** Uses so far. A class without a limit may have any number. */
export const usesTakenSchema = (description: string) =>
  byClass(description, 'Absent before the first.', (what) => ({ type: 'integer', format: 'int32', description: what, minimum: 0 }) as const)
