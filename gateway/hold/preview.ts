import { createMasker } from '../../domain/mask/masker.ts'
import { maskSecretStatus } from '../../domain/mask/secret/secret-status.ts'
import { StatusError } from '../../domain/status-error.ts'
import { statusErrorOf } from '../../kube/client.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { cannotImpersonate, readImpersonationRefusal } from '../forward/impersonation-refusal.ts'
import { codecs } from '../mask/codecs.ts'
import { policyMasking } from '../mask/policy-masking.ts'
import type { WrittenSecrets } from '../mask/written-secrets.ts'
import type { Held, Masking, Upstream } from '../ports.ts'
import { createApproverMasks, type ApproverMasks } from './approver-masks.ts'
import { lineDiff } from './line-diff.ts'
import { showObject, type Shown } from './show-object.ts'
import { callAs, type Reply } from './upstream-call.ts'

export type PreviewDoors = { readonly upstream: Upstream; readonly masking: Masking; readonly written: WrittenSecrets }
type Looking = PreviewDoors & { readonly masks: ApproverMasks }

/** Below the limit of AccessRequest's spec.operation.diff. */
const LONGEST_DIFF = 200_000

/**
 * Where a dry run is one: handlers that take their options from the query. An eviction, a binding or an approval has a
 * handler of its own, a token request would mint, and a stream has nothing to try.
 */
const TRIED: ReadonlySet<string> = new Set(['', 'scale', 'status', 'resize', 'ephemeralcontainers'])

/** DeleteOptions in a body replace those of the query, so the client's own body is never sent with a dry run. */
const DELETE_OPTIONS = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['All'] }))

const isSecrets = ({ asked }: Held): boolean => asked.classified.info.apiGroup === '' && asked.classified.info.resource === 'secrets'

/** Masks an answer for approvers, and as an echo: its placeholders tell nothing of the values, so that a diff tests no guess. */
async function readMasked(held: Held, text: string, { masking, masks }: Looking): Promise<Shown | undefined> {
  const { info } = held.asked.classified
  const masker = createMasker(isSecrets(held) ? 'secret' : 'json', {
    known: await masking.values(),
    placeholders: masking.placeholders(held.asked.caller.session),
    echo: true,
    codecs,
    replace: masks.replace,
    ...policyMasking(held.policies, info),
    namespace: info.namespace,
    ...(info.name === '' ? {} : { name: info.name }),
  })
  const masked = Buffer.concat([masker.push(Buffer.from(text)), masker.end()])
  const object = JSON.parse(masked.toString('utf8')) as Shown | null
  return object === null || object['kind'] === 'Status' ? undefined : object
}

/** What upstream said of a dry run that failed: the agent learns it at once, and nobody is asked to approve the impossible. */
function refusalFrom(held: Held, { status, text }: Reply, masking: Masking): StatusError {
  const beyond = readImpersonationRefusal(status, text)
  if (beyond !== undefined) return cannotImpersonate(beyond, [held.decision.policy])
  const { name, resource } = held.asked.classified.info
  const quotes = isSecrets(held) || policyMasking(held.policies, held.asked.classified.info).fields.length > 0
  const masked = quotes ? maskSecretStatus(Buffer.from(text), { status, name, resource }).toString('utf8') : masking.agentText(text)
  return statusErrorOf(status, masked)
}

const cannotBeTried = ({ status, text }: Reply): boolean => status === 400 && /does not support dry.?run/i.test(text)

async function read(held: Held, doors: Looking, path = held.asked.path): Promise<Shown | undefined> {
  const { status, text } = await callAs(
    held,
    { method: 'GET', target: writeTarget({ path, query: new URLSearchParams() }), hold: 'preview' },
    doors.upstream,
  )
  return status === 200 ? readMasked(held, text, doors) : undefined
}

async function tryIt(held: Held, doors: Looking): Promise<Shown | undefined> {
  const { asked, decision } = held
  const query = new URLSearchParams(asked.query)
  query.set('dryRun', 'All')
  const deletes = asked.method === 'DELETE'
  const contentType = deletes ? 'application/json' : asked.headers.get('content-type')
  const reply = await callAs(
    held,
    {
      method: asked.method,
      target: writeTarget({ path: asked.path, query }),
      body: deletes ? DELETE_OPTIONS : held.outgoing,
      ...(contentType === undefined ? {} : { contentType }),
      hold: 'preview',
      elevated: decision.policy,
    },
    doors.upstream,
  )
  if (reply.status >= 400) {
    if (cannotBeTried(reply)) return undefined
    throw refusalFrom(held, reply, doors.masking)
  }
  return readMasked(held, reply.text, doors)
}

function namesIn(list: Shown | undefined): readonly string[] {
  const items = Array.isArray(list?.['items'])
    ? (list['items'] as readonly { readonly metadata?: { readonly name?: string; readonly namespace?: string } }[])
    : []
  return items.map(({ metadata }) => [metadata?.namespace, metadata?.name].filter((part) => part !== undefined).join('/'))
}

async function linesOf(held: Held, doors: Looking): Promise<string | undefined> {
  const { info } = held.asked.classified
  const show = (object: Shown | undefined): readonly string[] => (object === undefined ? [] : showObject(object, info.subresource === 'status'))
  if (info.subresource === 'eviction') return lineDiff(show(await read(held, doors, held.asked.path.replace(/\/eviction$/, ''))), [])
  if (!TRIED.has(info.subresource)) return undefined
  switch (info.verb) {
    case 'create':
      return lineDiff([], show(await tryIt(held, doors)))
    case 'update':
    case 'patch': {
      const before = await read(held, doors)
      const after = await tryIt(held, doors)
      return after === undefined ? undefined : lineDiff(show(before), show(after))
    }
    case 'delete': {
      const before = await read(held, doors)
      await tryIt(held, doors)
      return lineDiff(show(before), [])
    }
    case 'deletecollection':
      return namesIn(await tryIt(held, doors))
        .map((name) => `-${name}`)
        .join('\n')
    default:
      return undefined
  }
}

/**
 * What the operation would change, as kube-apiserver says by a dry run in the agent's name; masked as approvers see it. Undefined where there is
 * nothing to compare. An aggregated API server that ignores `dryRun` would act; the webhook refuses such a call, where it is asked.
 * @throws StatusError when upstream would refuse the operation
 */
export async function previewOf(held: Held, doors: PreviewDoors): Promise<string | undefined> {
  if (held.asked.classified.power === 'mint') return undefined
  const masks = createApproverMasks({ written: doors.written, lookup: (namespace, secret, key) => doors.masking.lookup(namespace, secret, key) })
  const text = await linesOf(held, { ...doors, masks })
  if (text === undefined || text === '') return undefined
  const shown = text.length <= LONGEST_DIFF ? text : `${text.slice(0, LONGEST_DIFF)}\n... (cut: the whole is ${text.length} characters)`
  return [shown, ...masks.notesFor(shown)].join('\n')
}
