import type { Operation } from '../../domain/api/rules.ts'
import { objectNameOf } from '../../domain/request-info.ts'
import { StatusError } from '../../domain/status-error.ts'
import { whyNoDryRun } from '../classify/keeps-dry-run.ts'
import { createApproverMasks } from './approver-masks.ts'
import { refuseUnbindable } from './bind-to-plan.ts'
import type { RenderJob, RenderedPlan, Seen } from './render/render-plan.ts'
import { readOptions } from './body/delete-options.ts'
import { dryRun, dryRuns, type DryRunResult } from './dry-run/dry-run.ts'
import { supportsDryRun } from './dry-run/supports-dry-run.ts'
import { hasStatus } from './dry-run/has-status.ts'
import { isSecrets, maskForApprovers, type Masks } from './mask-for-approvers.ts'
import { commonOf, hashesOfCreate, hashesOfObject, hashesOfSet, hashesOfTarget, type Mac } from './plan-hash.ts'
import type { Plan, Planned, PlanDependencies } from './plan.ts'
import { mayList, readLiveObject, type LiveObject } from './read-live-object.ts'
import { refuseMoves } from './body/refuse-moves.ts'
import { showBody } from './body/show-body.ts'

/** The largest number of objects of a deletecollection that one approval covers. They are deleted one by one. */
const MAX_OBJECTS = 500

/** `show` makes a plan for an approver. `check` makes one only to compare hashes. */
export type PlanPurpose = 'show' | 'check'
type Making = Masks & { readonly purpose: PlanPurpose }

const PLANS = { namespace: '', secret: '', key: 'plans' }

/** The key of placeholders is shared by all replicas. */
const macIn =
  ({ deps }: Making): Mac =>
  (text) =>
    deps.masking.placeholders(PLANS.key).released(PLANS, text)

const commonIn = (making: Making): readonly string[] => commonOf(making.planned, macIn(making))

const seen = async (raw: Buffer, by: Masks): Promise<Seen> => ({
  raw,
  masked: await maskForApprovers(raw, isSecrets(by.planned) ? 'secret' : 'json', by),
})

/** Whether the status is part of what the operation changes. */
async function withStatus({ planned, deps }: Making): Promise<boolean> {
  const { subresource } = planned.asked.classified.info
  return subresource === 'status' || (subresource === '' && !(await hasStatus(planned, deps)))
}

type Rendering = Omit<RenderJob, 'common' | 'withStatus' | 'body'>

async function render(making: Making, job: Rendering): Promise<RenderedPlan> {
  const { deps, purpose } = making
  const body = purpose === 'show' ? await showBody(making) : undefined
  return await deps.renderer.render({
    ...job,
    common: commonIn(making),
    withStatus: await withStatus(making),
    ...(body === undefined ? {} : { body }),
  })
}

type Kind = NonNullable<Operation['dryRun']>

function shownOf({ planned, masks, deps }: Making, { diff, cut, body, bodyCut }: RenderedPlan, kind: Kind): Plan['shown'] {
  const text = [diff, ...(diff === '' ? [] : masks.notesFor(diff))].filter((line) => line !== '').join('\n')
  // A body that cannot be shown counts as cut only if there is no dry run to show its effect.
  const hidden = body === undefined && planned.asked.body.length > 0 && kind === 'Impossible' ? planned.asked.body.length : bodyCut
  const why = kind === 'Impossible' ? whyNoDryRun(planned.asked.classified.info, deps.servers) : undefined
  return {
    dryRun: kind,
    ...(why === undefined ? {} : { dryRunMessage: why }),
    ...(text === '' ? {} : { diff: text }),
    ...(body === undefined ? {} : { body }),
    ...(cut.removed + cut.added + hidden === 0 ? {} : { cut: { removedLines: cut.removed, addedLines: cut.added, bodyCharacters: hidden } }),
  }
}

const NOTHING_CUT = { removed: 0, added: 0 }

const readers = (shown: Plan['shown'], readable: boolean): Plan['shown'] => (readable ? shown : { ...shown, planReaders: 'Approvers' })

type Outcome = { readonly target: LiveObject; readonly results: readonly DryRunResult[]; readonly rendered: RenderedPlan }

const seenAll = (results: readonly DryRunResult[], making: Making): Promise<readonly Seen[]> =>
  Promise.all(results.map(({ body }) => seen(body, making)))

async function readAndDryRun(making: Making): Promise<Outcome> {
  const { planned, deps } = making
  const { path, classified } = planned.asked
  const target = await readLiveObject(planned, deps, path)
  const results = await dryRuns(planned, deps, target.readable)
  const before = target.object === undefined ? {} : { before: await seen(target.object, making) }
  const after = await seenAll(results, making)
  return { target, results, rendered: await render(making, { ...before, after, deletes: classified.info.verb === 'delete' }) }
}

function shownOfObject(making: Making, { target, results, rendered: result }: Outcome): Plan['shown'] {
  const shown =
    results.length === 0
      ? shownOf(making, { ...result, diff: '', cut: NOTHING_CUT }, 'Impossible')
      : // A plan that hides a value always says Changed: "Unchanged" would confirm a guess of the value.
        shownOf(making, result, result.diff === '' && !result.hides ? 'Unchanged' : 'Changed')
  return readers(shown, target.readable)
}

const hashesOfMade = (
  making: Making,
  common: readonly string[],
  of: { readonly rendered: RenderedPlan; readonly readable: boolean },
): Plan['hashes'] => hashesOfCreate(common, { ...of, triedAsSent: triedAsSent(making), mac: macIn(making) })

/** Whether the dry runs used the body that will be sent. */
const triedAsSent = ({ planned }: Making): boolean => planned.outgoing.equals(planned.sends)

/** Plans an update, patch or deletion of one object. */
async function planOfObject(making: Making): Promise<Plan> {
  const { planned } = making
  const outcome = await readAndDryRun(making)
  const { target, results, rendered: result } = outcome
  const shown = shownOfObject(making, outcome)
  const common = commonIn(making)
  // An update or apply of an absent object creates it.
  if ((target.absent || results[0]?.made === true) && planned.asked.classified.info.verb !== 'delete')
    return { hashes: hashesOfMade(making, [...common, 'absent'], { rendered: result, readable: target.readable }), targets: [], shown }
  const facts = { target: result.target, readable: target.readable, rendered: result, triedAsSent: triedAsSent(making) }
  return { hashes: hashesOfObject(common, facts), targets: result.target === undefined ? [] : [result.target], shown }
}

async function planOfCreate(making: Making): Promise<Plan> {
  const { planned, deps, purpose } = making
  const { path } = planned.asked
  const byPolicy = planned.mayRead(`${path}/new`)
  const results = await dryRuns(planned, deps, byPolicy)
  const rendered = await render(making, { after: await seenAll(results, making), deletes: false })
  const common = commonIn(making)
  if (purpose === 'check') return { hashes: hashesOfMade(making, common, { rendered, readable: true }), targets: [], shown: {} }
  const shown = shownOf(making, rendered, results.length === 0 ? 'Impossible' : 'Changed')
  const { madeName } = rendered
  const readable = byPolicy && (madeName === undefined || (await readLiveObject(planned, deps, `${path}/${madeName}`)).readable)
  return { hashes: hashesOfMade(making, common, { rendered, readable }), targets: [], shown: readers(shown, readable) }
}

async function planOfCollection(making: Making): Promise<Plan> {
  const { planned, deps, purpose } = making
  const readable = purpose === 'show' && (await mayList(planned, deps))
  const tried = await dryRun(planned, deps, readable)
  const targets = tried === undefined ? [] : await deps.renderer.identify(tried.body)
  if (tried === undefined || targets.some(({ uid, name }) => uid === undefined || name === ''))
    throw new StatusError('MethodNotAllowed', 'the server does not list the objects that it would delete: delete them one by one')
  if (targets.length > MAX_OBJECTS)
    throw new StatusError('Forbidden', `it would delete more than ${MAX_OBJECTS} objects, the limit for one approval: narrow it by a label selector`)
  const hashes = hashesOfSet(commonIn(making), targets)
  if (purpose === 'check') return { hashes, targets, shown: {} }
  const lines = targets.map(({ namespace, name }) => `-${namespace === undefined ? '' : `${namespace}/`}${name}`)
  const result = await render(making, { after: [], deletes: true })
  const shown = shownOf(making, { ...result, diff: lines.join('\n') }, lines.length === 0 ? 'Unchanged' : 'Changed')
  return { hashes, targets, shown: readers(shown, readable) }
}

/** The path of the object that the requested subresource belongs to. */
function parentOf({ asked: { path, classified } }: Planned): string {
  const { info } = classified
  const below = info.parts.length - 2
  return below <= 0
    ? path
    : [
        ...path
          .replace(/\/$/, '')
          .split('/')
          .slice(0, -below - 1),
        objectNameOf(info),
      ].join('/')
}

/** Plans an operation without a dry run: a stream, or a subresource with a handler of its own. The plan identifies only the target. */
async function planOfOther(making: Making): Promise<Plan> {
  const { planned, deps } = making
  const target = planned.asked.classified.info.name === '' ? undefined : await readLiveObject(planned, deps, parentOf(planned))
  const before = target?.object === undefined ? {} : { before: await seen(target.object, making) }
  const result = await render(making, { ...before, after: [], deletes: true })
  const facts = { readable: target?.readable === true, rendered: result }
  const plan = { hashes: hashesOfTarget(commonIn(making), result.target, facts), targets: result.target === undefined ? [] : [result.target] }
  return { ...plan, shown: shownOfOther(making, result, target) }
}

/** An eviction is shown as the deletion of its pod. The changes of other operations without a dry run are unknown. */
function shownOfOther(making: Making, result: RenderedPlan, target: LiveObject | undefined): Plan['shown'] {
  if (making.planned.asked.classified.info.subresource !== 'eviction' || target?.object === undefined)
    return shownOf(making, { ...result, diff: '', cut: NOTHING_CUT }, 'Impossible')
  return readers(shownOf(making, result, 'Changed'), target.readable)
}

function planFor(making: Making): Promise<Plan> {
  const { planned } = making
  const { verb, subresource } = planned.asked.classified.info
  if (subresource === 'eviction') readOptions(planned.asked)
  if (!supportsDryRun(planned.asked.classified)) return planOfOther(making)
  if (verb === 'create') return planOfCreate(making)
  return verb === 'deletecollection' ? planOfCollection(making) : planOfObject(making)
}

/**
 * Finds out what an operation would change, by a dry run that impersonates the agent. The result is masked for approvers.
 * @throws StatusError when upstream would refuse the operation, or when its effect cannot be determined
 */
export async function makePlan(planned: Planned, deps: PlanDependencies, purpose: PlanPurpose): Promise<Plan> {
  refuseMoves(planned.asked)
  refuseUnbindable(planned)
  const { masking, written, renderer } = deps
  const masks = createApproverMasks({ written, lookup: (namespace, secret, key) => masking.lookup(namespace, secret, key) })
  return await renderer.turn(planned.asked.caller.identity.username, () => planFor({ planned, deps, masks, purpose }))
}
