import type { Identity } from '../../domain/identity.ts'
import type { ObjectMeta } from '../../domain/api/object-meta.ts'
import type { ObjectSchema } from '../../domain/api/schema.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import type { JsonObject, Where, Write } from '../storage/port.ts'

/** An object as the machinery handles it: metadata is typed, spec and status are for the kind. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** A column of `kubectl get`. Priority 0 is always shown, 1 with `-o wide`. */
export type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly format?: 'name'
  readonly priority: 0 | 1
  readonly description: string
  readonly value: (object: KubeObject, nowMs: number) => string | number | null
}

/** What a strategy may know of the request that it works for. */
export type Context = {
  readonly user: Identity
  readonly nowMs: number
  readonly dryRun: boolean
  /** Of the request, as in the Kubernetes audit log. */
  readonly auditID: string
  /** What to warn the client of; a strategy adds to it. Absent: nobody listens. */
  readonly warnings?: string[]
}

/** A change, and the writes to other objects that must happen in the same commit. */
export type Change = { readonly object: KubeObject; readonly also?: readonly Write[] }

/** Where a kind differs from every other. Each may throw a StatusError. */
export type Strategy = {
  /** Stamps and checks a new object; `status` has been dropped before. */
  readonly create: (object: KubeObject, context: Context) => Promise<KubeObject>
  /**
   * Writes that happen in the same commit as that of a new object, or not at all. Asked again when another write of them came first.
   * Left out: none.
   */
  readonly alongside?: (object: KubeObject, context: Context) => Promise<readonly Write[]>
  /** Checks a change of the main resource; `status` is that of the old object. */
  readonly update: (next: KubeObject, old: KubeObject, context: Context) => Promise<KubeObject>
  /** Checks whether an object may be deleted. Optional. Defaults to yes. */
  readonly remove?: (old: KubeObject, context: Context) => Promise<void>
  /** Writes that happen in the same commit as that of its removal, or of the mark that it is going. Left out: none. */
  readonly removed?: (old: KubeObject, context: Context) => readonly Write[]
  /** Fields that the schema cannot judge. `old`: the stored object that is changed. */
  readonly validate: (object: KubeObject, old?: KubeObject) => readonly StatusCause[]
  /** What is derived on read, such as the phase. */
  readonly present: (object: KubeObject, nowMs: number) => KubeObject
}

export type Subresource = {
  readonly name: string
  readonly verbs: readonly ('get' | 'update' | 'patch' | 'create')[]
  /** Who reads it, and what they see. Optional. Defaults to whoever may get it, and what the parent shows. */
  readonly read?: {
    /** @throws StatusError Forbidden */
    readonly check: (object: KubeObject, context: Pick<Context, 'user'>) => Promise<void>
    readonly present: Strategy['present']
  }
  /**
   * Whether a write of it checks by itself who may, and says what they lack: then it is refused so, and not as missing, for an object
   * that the caller does not see. Left out: no.
   */
  readonly checksCaller?: boolean
  /** The kind that `create` takes and answers with; the parent's own for the rest. */
  readonly kind?: string
  readonly apply: (next: KubeObject, old: KubeObject, context: Context) => Promise<Change>
}

/** What of a kind one caller may see: in every answer, list, count and watch. What it may not see is for it as if it were not there. */
export type Visibility = {
  /** Which of the kind's extents this is. When it is another one than before, a watch ends. */
  readonly extent: string
  /** Exactly the objects that hold this are seen. Left out: each has to be asked about. */
  readonly where?: Where
  /** Whether this object is seen. @throws whatever kept it from being found out, which is no answer */
  readonly sees: (object: KubeObject) => boolean | Promise<boolean>
}

/** A kind as data: all that the generic handler, discovery, OpenAPI and tables need to know. */
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
  /** Field labels beside metadata.name that selectors may use. */
  readonly fields: { readonly [label: string]: (object: KubeObject) => string }
  readonly strategy: Strategy
  /** Asked anew for each request, and now and then while a watch lasts. Left out: whoever may read the kind sees all of it. */
  readonly visibilityOf?: (user: Identity) => Promise<Visibility>
  readonly subresources: readonly Subresource[]
}
