import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { writeTarget } from '../../arrive/read-target.ts'
import { callAs, type Reply } from '../../plan/dry-run/upstream-call.ts'
import type { UpstreamClient } from '../../ports.ts'
import type { ClassifiedRequest } from '../../steps.ts'

/** What a write makes of its object. */
export type Resulting =
  | {
      readonly kind: 'object'
      /** The object as it will be: patch applied, protobuf decoded, defaults set, mutating webhooks asked. Never to be shown unmasked. */
      readonly object: unknown
      /** The live object. Undefined: the write creates it, or nobody may read it in the agent's name. */
      readonly oldObject: unknown
      /** Whether it was read, or is known not to be there. */
      readonly oldObjectKnown: boolean
      /** Whether the agent may read the live object by itself, so that a comparison with it tells the agent nothing new. */
      readonly readable: boolean
    }
  /** kube-apiserver would refuse the write: its answer is the answer to the write too. */
  | { readonly kind: 'refused'; readonly reply: Reply; readonly readable: boolean }

export type ResultingDependencies = {
  readonly policies: readonly AccessPolicy[]
  readonly upstream: UpstreamClient
  /** What will be sent: the body with placeholders put back. Optional. Defaults to the body as the agent sent it. */
  readonly outgoing?: Buffer
  /** Policy whose elevated group is worn, as the write itself would or might do. Optional. Defaults to none. */
  readonly elevated?: string
}

const NO_QUERY = new URLSearchParams()

/** Subresources that write a part of the object and answer with the whole, which RBAC may allow to read by its own path alone. */
const WHOLE_OBJECT: ReadonlySet<string> = new Set(['status', 'resize', 'ephemeralcontainers'])

/** Where the object is read that a write changes. */
export const objectPath = ({ path, classified: { info } }: Pick<ClassifiedRequest, 'path' | 'classified'>): string =>
  WHOLE_OBJECT.has(info.subresource) ? path.slice(0, -(info.subresource.length + 1)) : path

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new StatusError('BadGateway', 'kube-apiserver answered with no JSON to a dry run', { cause })
  }
}

/** kube-apiserver's own dry run of the write: it alone knows what a strategic merge, an apply or protobuf makes of an object. */
function tryIt(asked: ClassifiedRequest, { policies, upstream, outgoing, elevated }: ResultingDependencies): Promise<Reply> {
  const query = new URLSearchParams(asked.query)
  query.set('dryRun', 'All')
  const contentType = asked.headers.get('content-type')
  return callAs(
    { asked, policies },
    {
      method: asked.method,
      target: writeTarget({ path: asked.path, query }),
      body: outgoing ?? asked.body,
      ...(contentType === undefined ? {} : { contentType }),
      hold: 'preview',
      ...(elevated === undefined ? {} : { elevated }),
    },
    upstream,
  )
}

type Live = { readonly reply?: Reply; readonly object: unknown; readonly readable: boolean }

/** The object that the write changes. @throws StatusError ServiceUnavailable when it cannot be read: nobody knows then what the write changes */
async function readLive(asked: ClassifiedRequest, { policies, upstream, elevated }: ResultingDependencies): Promise<Live> {
  if (asked.classified.info.name === '') return { object: undefined, readable: true }
  const call = { method: 'GET', target: writeTarget({ path: objectPath(asked), query: NO_QUERY }), hold: 'preview' } as const
  const own = await callAs({ asked, policies }, call, upstream)
  const readable = own.status !== 403
  const reply = readable || elevated === undefined ? own : await callAs({ asked, policies }, { ...call, elevated }, upstream)
  if (reply.status === 200) return { reply, object: parse(reply.text), readable }
  // What may not be read is compared with nothing, so that everything in it counts as new.
  if (reply.status === 404 || reply.status === 403) return { reply, object: undefined, readable }
  throw new StatusError('ServiceUnavailable', `the object cannot be read now, so it is not known what the write changes; try again`, {
    cause: new Error(`kube-apiserver answered ${reply.status}`),
  })
}

/**
 * Finds the object as a create, update or patch will leave it, and as it is now: by a server-side dry run and a read in the agent's name, both
 * at the same time, so it costs one round trip. Of a delete it is the read alone. The webhook sees the same two objects as `object` and `oldObject`.
 * For every content type: JSON, YAML, protobuf, each kind of patch. The live object may change until the write comes; the webhook judges what is
 * there then.
 * Not to be called before whyNoDryRun says that it is safe.
 * @throws StatusError BadGateway, Timeout, ServiceUnavailable when it cannot be known
 */
export async function resultingObject(asked: ClassifiedRequest, deps: ResultingDependencies): Promise<Resulting> {
  const deletes = asked.classified.info.verb === 'delete'
  const [tried, live] = await Promise.all([deletes ? undefined : tryIt(asked, deps), readLive(asked, deps)])
  const { object: oldObject, readable } = live
  const refusal = tried ?? live.reply
  if (refusal !== undefined && (tried === undefined ? refusal.status === 404 : refusal.status >= 300))
    return { kind: 'refused', reply: refusal, readable }
  const object = tried === undefined ? undefined : parse(tried.text)
  return { kind: 'object', object, oldObject, oldObjectKnown: live.reply?.status !== 403, readable }
}
