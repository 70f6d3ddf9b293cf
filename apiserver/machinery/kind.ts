import type { Identity } from '../../domain/identity.ts'
import type { ObjectMeta } from '../../domain/api/object-meta.ts'
import type { ObjectSchema } from '../../domain/api/schema.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import type { JsonObject, Where, Write } from '../storage/port.ts'

/** An object as the machinery handles it. Metadata is typed; only the kind interprets spec and status. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** A column of `kubectl get`. Priority 0 is always shown, priority 1 only with `-o wide`. */
export type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly format?: 'name'
  readonly priority: 0 | 1
  readonly description: string
  readonly value: (object: KubeObject, nowMs: number) => string | number | null
}

/** The request that a strategy handles. */
export type RequestContext = {
  readonly user: Identity
  readonly nowMs: number
  readonly dryRun: boolean
  /** Audit ID of the request, as in the Kubernetes audit log. */
  readonly auditID: string
  /** Warnings for the client; a strategy appends to it. If unset, warnings are dropped. */
  readonly warnings?: string[]
}

/** A change of an object, with writes to other objects that must be in the same commit. */
export type ObjectChange = { readonly object: KubeObject; readonly also?: readonly Write[] }

/** A new object and what is committed with it. `committed`: called after the commit. */
export type Creation = ObjectChange & { readonly committed?: () => void }

/** The behaviour that is specific to a kind. Each function may throw a StatusError. */
export type Strategy = {
  /** Completes and checks a new object. The client's `status` has been dropped already. */
  readonly create: (object: KubeObject, context: RequestContext) => Promise<KubeObject>
  /**
   * Writes to commit together with a new object, whose status may depend on them. Called again, with the same object, when one of these writes
   * conflicts. Optional. Defaults to none.
   */
  readonly alongside?: (object: KubeObject, context: RequestContext) => Promise<Creation>
  /** Runs a creation when it is the caller's turn, so that callers who create much wait for themselves. Optional. Defaults to at once. */
  readonly inTurn?: <T>(context: RequestContext, work: () => Promise<T>) => Promise<T>
  /** Checks a change of the main resource. `next` has the `status` of the old object. */
  readonly update: (next: KubeObject, old: KubeObject, context: RequestContext) => Promise<KubeObject>
  /** Checks whether an object may be deleted. Optional. Defaults to allowing it. */
  readonly remove?: (old: KubeObject, context: RequestContext) => Promise<void>
  /** Writes to commit together with the removal, or with setting `deletionTimestamp`. Optional. Defaults to none. */
  readonly removed?: (old: KubeObject, context: RequestContext) => readonly Write[]
  /** Checks what the schema cannot express. `old`: the stored object, if this is a change. */
  readonly validate: (object: KubeObject, old?: KubeObject) => readonly StatusCause[]
  /** Adds to an object that is read what depends on other objects. Optional. Defaults to nothing. */
  readonly complete?: (object: KubeObject, nowMs: number) => Promise<KubeObject>
  /** Adds fields that are computed on read, such as the phase. */
  readonly present: (object: KubeObject, nowMs: number) => KubeObject
}

export type Subresource = {
  readonly name: string
  readonly verbs: readonly ('get' | 'update' | 'patch' | 'create')[]
  /** Restricts who may read the subresource, and how it is shown. Optional. Defaults to every user with the verb `get`, shown like the parent. */
  readonly read?: {
    /** @throws StatusError Forbidden */
    readonly check: (object: KubeObject, context: Pick<RequestContext, 'user'>) => Promise<void>
    readonly present: Strategy['present']
  }
  /**
   * Whether a write checks the caller's permission itself. If so, a write to an object that the caller cannot see is refused with the missing
   * permission instead of NotFound. Optional. Defaults to false.
   */
  readonly checksCaller?: boolean
  /**
   * Checks the caller once, before the first attempt of a write. For what does not depend on the status: checked in each attempt, it would leave time
   * for a conflict in each, so that a user could prevent the write by changing the object all the time. Optional. Defaults to no check.
   * @throws StatusError Forbidden
   */
  readonly checkOnce?: (old: KubeObject, context: RequestContext) => Promise<void>
  /** Whether a PUT may have no resourceVersion, because it adds to any version of the object. Optional. Defaults to false. */
  readonly unconditional?: boolean
  /** Kind of the request body of `create`. Optional. Defaults to the parent's kind. */
  readonly kind?: string
  readonly apply: (next: KubeObject, old: KubeObject, context: RequestContext) => Promise<ObjectChange>
}

/** The objects of a kind that one caller may see in responses, lists, counts and watches. All others seem not to exist. */
export type Visibility = {
  /** Identifies what the caller may see. A watch ends when it changes. */
  readonly extent: string
  /** Exactly the objects that match this are visible. If unset, call `sees` for each object. */
  readonly where?: Where
  /** Whether the caller may see the object. @throws the error of a failed authorization check */
  readonly sees: (object: KubeObject) => boolean | Promise<boolean>
}

/** The definition of a kind for the generic handler, discovery, OpenAPI and tables. */
export type Kind = {
  readonly resource: string
  readonly singular: string
  readonly kind: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly spec: ObjectSchema
  readonly status?: ObjectSchema
  readonly verbs: readonly Verb[]
  readonly columns: readonly Column[]
  /** Field labels for field selectors, in addition to metadata.name. */
  readonly fields: { readonly [label: string]: (object: KubeObject) => string }
  readonly strategy: Strategy
  /**
   * Called for each request, and regularly during a watch. Optional. By default every user with permission to read the kind sees all objects.
   */
  readonly visibilityOf?: (user: Identity) => Promise<Visibility>
  readonly subresources: readonly Subresource[]
}
