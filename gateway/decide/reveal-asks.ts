import { readWritten } from '../../domain/mask/restore.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { isObject } from '../../domain/is-object.ts'
import { saysAbsent, invalid, StatusError, type StatusCause } from '../../domain/status-error.ts'
import { statusErrorOf } from '../../kube/client.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { callAs } from '../plan/dry-run/upstream-call.ts'
import type { UpstreamClient } from '../ports.ts'
import type { ClassifiedRequest } from '../steps.ts'
import type { DecideDependencies } from './decide-about.ts'
import { mayRead, readOf } from './may-read.ts'

type RevealDependencies = DecideDependencies & { readonly upstream: UpstreamClient }
type Reading = { readonly asked: ClassifiedRequest; readonly policies: readonly AccessPolicy[]; readonly deps: RevealDependencies }
type Entry = { readonly namespace: string; readonly secret: string; readonly keys: readonly string[] }

/** Maximum number of reveals in an AccessRequest. */
const MAX_REVEALS = 32
/** jit-apiserver takes requests of at most 64 KiB, without the blanks of their JSON. A body that is longer than this would take long to read here. */
const MAX_BYTES = 256 * 1024
const QUERY = new URLSearchParams()
const NAMESPACE = /^[a-z0-9][-a-z0-9]{0,62}$/
const SECRET = /^[a-z0-9][-a-z0-9.]{0,252}$/

/** Returns the well-formed reveal entries. jit-apiserver refuses the others. */
function entriesOf(tree: unknown): readonly Entry[] {
  const spec = isObject(tree) ? tree['spec'] : undefined
  const reveal = isObject(spec) ? spec['reveal'] : undefined
  if (!Array.isArray(reveal) || reveal.length > MAX_REVEALS) return []
  return (reveal as readonly unknown[]).flatMap((entry) => {
    const { namespace, secret, keys } = isObject(entry) ? entry : {}
    if (typeof namespace !== 'string' || typeof secret !== 'string' || !Array.isArray(keys)) return []
    if (!NAMESPACE.test(namespace) || !SECRET.test(secret)) return []
    return [{ namespace, secret, keys: (keys as readonly unknown[]).filter((key) => typeof key === 'string') }]
  })
}

/** The name for the message, as far as the client chose one. */
function nameOf(tree: unknown): string {
  const metadata = isObject(tree) && isObject(tree['metadata']) ? tree['metadata'] : {}
  const { name, generateName } = metadata
  return typeof name === 'string' ? name : typeof generateName === 'string' ? generateName : ''
}

/** Returns the keys of a Secret. Undefined: the agent may not read the Secret, so its keys must not be disclosed. */
async function keysOf({ namespace, secret }: Entry, { asked, policies, deps }: Reading): Promise<readonly string[] | 'missing' | undefined> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${secret}`
  const reads = readOf(asked, path)
  if (!mayRead(reads, policies, deps)) return undefined
  const call = { method: 'GET', target: writeTarget({ path, query: QUERY }), hold: 'preview' } as const
  const { status, text } = await callAs({ asked: reads, policies }, call, deps.upstream)
  if (status !== 200) return saysAbsent(statusErrorOf(status, text), { resource: 'secrets', name: secret }) ? 'missing' : undefined
  const { data } = JSON.parse(text) as { readonly data?: object | null }
  return Object.keys(data ?? {})
}

const fault = (field: string, message: string): StatusCause => ({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` })

/** Returns why an entry would reveal nothing, as far as the agent may know. */
async function faultsOf(entry: Entry, field: string, reading: Reading): Promise<readonly StatusCause[]> {
  const { namespace, secret } = entry
  const keys = await keysOf(entry, reading)
  if (keys === undefined) return []
  if (keys === 'missing') return [fault(`${field}.secret`, `there is no Secret "${secret}" in namespace "${namespace}"`)]
  return entry.keys.flatMap((key, at) =>
    keys.includes(key) ? [] : [fault(`${field}.keys[${at}]`, `Secret "${namespace}/${secret}" has no key "${key}"`)],
  )
}

const isAsk = ({ classified: { info } }: ClassifiedRequest): boolean =>
  info.apiGroup === 'jit.access' && info.resource === 'accessrequests' && info.subresource === '' && info.verb === 'create'

/**
 * Refuses an AccessRequest for Secret keys that do not exist: once approved it would reveal nothing. Checked here because jit-apiserver does not
 * read Secrets. Reads as the agent, so the check discloses no more than a GET of the Secret.
 * @throws StatusError Invalid, or RequestEntityTooLarge for a body that is too long to be checked
 */
export async function refuseMissingReveals(asked: ClassifiedRequest, policies: readonly AccessPolicy[], deps: RevealDependencies): Promise<void> {
  if (!isAsk(asked)) return
  // Do not forward what was not checked: jit-apiserver does not count blanks.
  if (asked.body.length > MAX_BYTES)
    throw new StatusError('RequestEntityTooLarge', `an AccessRequest in more than ${MAX_BYTES} bytes is not accepted`)
  const causes: StatusCause[] = []
  const tree = readWritten(asked.body, undefined)
  for (const [index, entry] of entriesOf(tree).entries()) causes.push(...(await faultsOf(entry, `spec.reveal[${index}]`, { asked, policies, deps })))
  if (causes.length > 0) throw invalid('AccessRequest', nameOf(tree), causes)
}
