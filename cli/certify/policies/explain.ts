import { parseAllDocuments } from 'yaml'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { API_VERSION, REVIEWS_PATH } from '../../../domain/api/names.ts'
import { createResources } from '../../create-accessrequest/resources.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { policyPath } from '../../kubectl/paths.ts'
import { readRequest } from '../../kubectl/read-access-request.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { allOf, lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { lines, oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { explanationLines } from './format-explanation.ts'
import { operationsOf, operationsOfRules, type Operations } from '../../../domain/explain/operations-of-request.ts'
import { limitLines } from '../../../domain/explain/limit-lines.ts'
import { windowLines } from '../../../domain/explain/window-lines.ts'

const HOW = 'kubectl certify explain POLICY --verb=get --resource=pods -n shop, or --for=REQUEST, or -f request.yaml'

function requestIn(text: string, file: string): AccessRequest {
  const [document] = parseAllDocuments(text)
  const object = document?.errors.length === 0 ? (document.toJS() as Partial<AccessRequest> | null) : undefined
  if (object?.kind !== 'AccessRequest' || object.spec === undefined)
    throw usage(`${file} is not an AccessRequest`, `its kind must be AccessRequest and its apiVersion ${API_VERSION}`)
  return object as AccessRequest
}

/** What the flags describe, resources by any of their names. */
async function ofFlags(io: IO, flags: ParsedFlags): Promise<Operations> {
  const [verbs, words] = [allOf(flags, 'verb'), allOf(flags, 'resource')]
  if (verbs.length === 0 || words.length === 0) throw usage('explain needs a request', HOW)
  const resources = createResources(io.kubectl)
  const [namespaces, names] = [allOf(flags, 'namespace'), allOf(flags, 'name')]
  const rules = []
  for (const word of words) {
    const [plain = '', subresource] = word.split('/', 2)
    const { resource, group } = await resources.byName(plain)
    rules.push({
      verbs,
      apiGroups: [group],
      resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
      ...(namespaces.length === 0 ? {} : { namespaces }),
      ...(names.length === 0 ? {} : { resourceNames: names }),
    })
  }
  return operationsOfRules(rules)
}

async function operationsFor(io: IO, flags: ParsedFlags): Promise<Operations> {
  const [name, file] = [lastOf(flags, 'for'), lastOf(flags, 'filename')]
  if (name !== undefined) return operationsOf(await readRequest(io, name))
  if (file !== undefined) return operationsOf(requestIn(await io.read(file), file))
  return await ofFlags(io, flags)
}

type Answer = {
  readonly allowed?: boolean
  readonly effect?: string
  readonly policy?: string
  readonly rule?: string
  readonly message?: string
}

function formatAnswer({ allowed = false, effect = '?', policy = '?', rule, message = '' }: Answer): string {
  const by = rule === undefined ? '' : ` (rule "${rule}" of policy "${policy}": ${effect})`
  return `The server, for this user now: ${allowed ? 'allowed' : 'not allowed'}${by}: ${message}`
}

/** The server's own answer for the caller, or for the user of --as: all of its policies count, and its live grants. */
async function serverSays(io: IO, { operations }: Operations): Promise<readonly string[]> {
  const [first] = operations
  if (first === undefined || !first.info.isResourceRequest) return []
  const { apiGroup: group, resource, subresource, namespace, name } = first.info
  const spec = { verb: first.info.verb, group, resource, subresource, namespace, name }
  const review = { apiVersion: API_VERSION, kind: 'AccessReview', spec }
  const { status } = await io.kubectl.create<{ readonly status?: Answer }>(REVIEWS_PATH, review)
  return lines(formatAnswer(status ?? {}))
}

/** The walk through the policy, with its limits. */
function printWalk(io: IO, policy: AccessPolicy, { operations, left }: Operations): void {
  for (const classified of operations) io.print(`${explanationLines(policy, classified).join('\n')}\n\n`)
  if (left > 0) io.print(`${left} more operations are not shown.\n\n`)
  const nowMs = io.clock.nowMs()
  io.print(`${[...limitLines(policy, nowMs), ...windowLines(policy, nowMs)].map(oneLine).join('\n')}\n`)
  if (policy.spec.mode === 'Shadow') io.print('The policy is in Shadow mode: it records and warns, and refuses nothing.\n')
}

/** The user of --as may be an agent, which cannot read the policies that govern it. The answer of the server is left then. */
async function policyFor(io: IO, name: string, isAs: boolean): Promise<AccessPolicy | undefined> {
  try {
    return await io.kubectl.get<AccessPolicy>(policyPath(name))
  } catch (error) {
    if (!isAs || !(error instanceof KubectlError) || error.reason !== 'Forbidden') throw error
    io.note('The user of --as may not read the policy, so its rules are not shown. Leave out --as to see them.')
    return undefined
  }
}

/** `kubectl certify explain POLICY`. Changes nothing. @throws CommandError, KubectlError */
export async function certifyExplain(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const [name, ...more] = flags.words
  if (name === undefined || more.length > 0) throw usage('explain takes one POLICY', HOW)
  const isAs = lastOf(flags, 'as') !== undefined
  const policy = await policyFor(io, name, isAs)
  const found = await operationsFor(io, flags)
  if (found.operations.length === 0) throw usage('there is no operation to explain', HOW)
  if (policy !== undefined) printWalk(io, policy, found)
  // The review is about the caller, so it is asked only where a user is named.
  if (isAs) io.print(`${(await serverSays(io, found)).join('\n')}\n`)
  return EXIT.granted
}
