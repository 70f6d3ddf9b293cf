import { createMasker } from '../../../domain/mask/masker.ts'
import type { SameObject } from '../../../domain/mask/restore.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { writeTarget } from '../../arrive/read-target.ts'
import { callAs } from '../../plan/dry-run/upstream-call.ts'
import { codecs } from '../../mask/codecs.ts'
import { policyMasking } from '../../mask/policy-masking.ts'
import type { Masking, UpstreamClient } from '../../ports.ts'
import type { ClassifiedRequest } from '../../steps.ts'
import type { DecideDependencies } from '../decide-about.ts'
import { mayRead, readOf } from '../may-read.ts'

export type SameObjectDependencies = DecideDependencies & { readonly masking: Masking; readonly upstream: UpstreamClient }
type Reading = { readonly asked: ClassifiedRequest; readonly policies: readonly AccessPolicy[]; readonly deps: SameObjectDependencies }

const QUERY = new URLSearchParams()

/**
 * The object that a write changes, twice: as the agent reads it, and as it is. Undefined when the policies, or RBAC, do not let the agent
 * read it: what comes of it would tell.
 */
async function readTwice(path: string, { asked, policies, deps }: Reading): Promise<SameObject | undefined> {
  const reads = readOf(asked, path, QUERY)
  const { info } = reads.classified
  if (!mayRead(reads, policies, deps)) return undefined
  const call = { method: 'GET', target: writeTarget({ path, query: QUERY }), hold: 'preview' } as const
  const { status, text } = await callAs({ asked: reads, policies }, call, deps.upstream)
  if (status !== 200) return undefined
  const masker = createMasker('json', {
    known: await deps.masking.values(),
    placeholders: deps.masking.placeholders(asked.caller.session),
    codecs,
    ...policyMasking(policies, info),
    namespace: info.namespace,
    name: info.name,
  })
  const masked = Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString('utf8')
  return { masked: JSON.parse(masked) as unknown, live: JSON.parse(text) as unknown }
}

/** For what is restored outside Secrets: the object itself, or the CronJob that a new Job is made from. */
export async function sameObject(body: unknown, reading: Reading): Promise<SameObject | undefined> {
  const { info } = reading.asked.classified
  if (info.name !== '') return await readTwice(reading.asked.path, reading)
  return info.apiGroup === 'batch' && info.resource === 'jobs' && info.verb === 'create' ? await jobTemplate(body, reading) : undefined
}

/** `kubectl create job --from=cronjob/NAME` sends the template that it read. */
async function jobTemplate(body: unknown, reading: Reading): Promise<SameObject | undefined> {
  const owners = inside(body, ['metadata', 'ownerReferences'])
  const [owner] = Array.isArray(owners) ? (owners as unknown[]) : []
  const name = inside(owner, ['name'])
  if (inside(owner, ['kind']) !== 'CronJob' || typeof name !== 'string' || !/^[a-z0-9][a-z0-9.-]{0,252}$/.test(name)) return undefined
  const { policies, asked } = reading
  // What a policy hides of CronJobs it may show of Jobs.
  if (policyMasking(policies, { apiGroup: 'batch', resource: 'cronjobs' }).fields.length > 0) return undefined
  const same = await readTwice(`/apis/batch/v1/namespaces/${asked.classified.info.namespace}/cronjobs/${name}`, reading)
  if (same === undefined || inside(same.live, ['metadata', 'uid']) !== inside(owner, ['uid'])) return undefined
  const template = ['spec', 'jobTemplate']
  return { masked: inside(same.masked, template), live: inside(same.live, template) }
}

function inside(node: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined,
    node,
  )
}
