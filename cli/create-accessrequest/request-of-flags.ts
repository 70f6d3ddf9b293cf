import type { AccessRule } from '../../domain/api/rules.ts'
import { extendOf } from './extend/extend-flag.ts'
import { agentOf } from './ask-first/agent-flags.ts'
import type { Ask } from './request-draft.ts'
import { defaultNamespaceOf } from './default-namespace.ts'
import { parseDuration } from '../terminal/duration.ts'
import { parseStart } from '../terminal/start-time.ts'
import { usage } from '../terminal/exit-code.ts'
import { CREATE_FLAGS } from './flags.ts'
import { allOf, countOf, lastOf, parseFlags, switchedOn, type ParsedFlags } from '../terminal/parse-flags.ts'
import { remedyOf } from '../format/remedy.ts'
import { createResources } from './resources.ts'
import { revealsOf } from './reveal-flag.ts'
import { rulesOfFlags } from './rule-flags.ts'
import { rulesOfManifest } from './rules-of-manifests.ts'
import type { IO } from '../terminal/io.ts'

/** @throws CommandError when the ways to state a request are mixed or incomplete */
function checkSources(flags: ParsedFlags): void {
  const files = lastOf(flags, 'filename') !== undefined
  const isFor = switchedOn(flags, 'for')
  if (files && !isFor)
    throw usage('-f needs --for', 'to request what a file needs: --for -f FILE; to create an AccessRequest from a file: kubectl create -f FILE')
  if (isFor && !files)
    throw usage('--for needs a file, or -- and a kubectl command', 'for example: --for -f web.yaml, or: --for -- kubectl delete deploy/web -n shop')
  const spelled = flags.given.some(({ name }) => name === 'resource' || name === 'name' || name === 'gain')
  const ways = [files, lastOf(flags, 'from-refusal') !== undefined, spelled].filter(Boolean).length
  if (ways > 1) throw usage('state the request in only one way', 'use --verb and --resource, or --for -f FILE, or --from-refusal')
}

/** The flags that state the request. With --from-refusal, the flags of the refusal's command replace them. */
async function sourceOf(io: IO, flags: ParsedFlags): Promise<ParsedFlags> {
  checkSources(flags)
  const refusal = lastOf(flags, 'from-refusal')
  if (refusal === undefined) return flags
  const line = parseFlags(CREATE_FLAGS, remedyOf(await io.read(refusal === '' ? '-' : refusal)))
  return { words: [], given: [...flags.given.filter(({ name }) => name !== 'namespace' && name !== 'verb'), ...line.given] }
}

async function rulesOf(io: IO, flags: ParsedFlags): Promise<readonly AccessRule[]> {
  const resources = createResources(io.kubectl)
  const namespace = allOf(flags, 'namespace')[0]
  const defaultNamespace = namespace === undefined ? defaultNamespaceOf(io) : async () => await Promise.resolve(namespace)
  const files = allOf(flags, 'filename')
  if (files.length === 0) return await rulesOfFlags({ flags, resources, defaultNamespace })
  const rules: AccessRule[] = []
  for (const file of files) {
    rules.push(
      ...(await rulesOfManifest({ kubectl: io.kubectl, resources, defaultNamespace, verbs: allOf(flags, 'verb') }, file, await io.read(file))),
    )
  }
  return rules
}

const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** The access that the command line requests. @throws CommandError when it requests nothing */
export async function askOf(io: IO, given: ParsedFlags): Promise<Ask> {
  if (switchedOn(given, 'break-glass') && (lastOf(given, 'reason') ?? '').trim() === '')
    throw usage('--break-glass needs a --reason', "reviewers read it: --break-glass --reason='the shop is down, nobody on call answers'")
  const extended = extendOf(given)
  const duration = lastOf(given, 'duration')
  const start = lastOf(given, 'not-before')
  const fixed = {
    policy: lastOf(given, 'policy'),
    reveal: revealsOf(given),
    reason: lastOf(given, 'reason'),
    ticket: lastOf(given, 'ticket'),
    durationSeconds: duration === undefined ? undefined : parseDuration('--duration', duration),
    maxUses: countOf(given, 'uses'),
    notBefore: start === undefined ? undefined : parseStart('--not-before', start, io.clock.nowMs()),
    agent: agentOf(given),
    idempotencyKey: lastOf(given, 'idempotency-key'),
    breakGlass: switchedOn(given, 'break-glass') || undefined,
    extends: extended,
  }
  if (extended !== undefined) return present(fixed)
  const rules = await rulesOf(io, await sourceOf(io, given))
  if (rules.length === 0 && fixed.reveal.length === 0)
    throw usage('no access is requested', 'use --verb and --resource, --for -f FILE, --from-refusal or --reveal; see --help')
  return present({ ...fixed, rules })
}
