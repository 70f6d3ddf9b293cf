import type { Operation } from '../../domain/rules.ts'
import { StatusError } from '../../domain/status-error.ts'
import { createApproverMasks } from './approver-masks.ts'
import type { DrawJob, Drawn, Seen } from './drawing/draw.ts'
import { readOptions } from './delete-options.ts'
import { canBeTried, dryRun, type Tried } from './dry-run.ts'
import { hasStatus } from './has-status.ts'
import { isSecrets, maskForApprovers, type Masks } from './mask-for-approvers.ts'
import { commonOf, hashesOfCreate, hashesOfObject, hashesOfSet, hashesOfTarget } from './plan-hash.ts'
import type { Plan, Planned, PlanDoors } from './plan.ts'
import { mayList, readTarget } from './read-target.ts'
import { refuseMoves } from './refuse-moves.ts'
import { showBody } from './show-body.ts'

/** Objects of a collection that one approval can be about: they are deleted one by one. */
const MAX_OBJECTS = 500

/** `show`: for an approver. `check`: only to compare, which takes one dry run less. */
export type Purpose = 'show' | 'check'
type Making = Masks & { readonly purpose: Purpose }

const seen = async (raw: Buffer, by: Masks): Promise<Seen> => ({
  raw,
  masked: await maskForApprovers(raw, isSecrets(by.planned) ? 'secret' : 'json', by),
})

/** Whether the status is part of what the operation changes. */
async function withStatus({ planned, doors }: Making): Promise<boolean> {
  const { subresource } = planned.asked.classified.info
  return subresource === 'status' || (subresource === '' && !(await hasStatus(planned, doors)))
}

type Drawing = Omit<DrawJob, 'common' | 'withStatus' | 'body'>

async function drawn(making: Making, drawing: Drawing): Promise<Drawn> {
  const { planned, doors, purpose } = making
  const body = purpose === 'show' ? await showBody(making) : undefined
  return await doors.drawer.draw({
    ...drawing,
    common: commonOf(planned),
    withStatus: await withStatus(making),
    ...(body === undefined ? {} : { body }),
  })
}

type Kind = NonNullable<Operation['dryRun']>

function shownOf({ planned, masks }: Making, { diff, cut, body, bodyCut }: Drawn, kind: Kind): Plan['shown'] {
  const text = [diff, ...(diff === '' ? [] : masks.notesFor(diff))].filter((line) => line !== '').join('\n')
  // Where a dry run shows what the body does, it need not be readable itself.
  const hidden = body === undefined && planned.asked.body.length > 0 && kind === 'Impossible' ? planned.asked.body.length : bodyCut
  return {
    dryRun: kind,
    ...(text === '' ? {} : { diff: text }),
    ...(body === undefined ? {} : { body }),
    ...(cut.removed + cut.added + hidden === 0 ? {} : { cut: { removedLines: cut.removed, addedLines: cut.added, bodyCharacters: hidden } }),
  }
}

const readers = (shown: Plan['shown'], readable: boolean): Plan['shown'] => (readable ? shown : { ...shown, planReaders: 'Approvers' })

/** Of a change of one object, or its end. */
async function planOfObject(making: Making): Promise<Plan> {
  const { planned, doors, purpose } = making
  const { asked } = planned
  const target = await readTarget(planned, doors, asked.path)
  const first = await dryRun(planned, doors, target.readable)
  const deletes = asked.classified.info.verb === 'delete'
  const again = first !== undefined && !deletes && purpose === 'show' ? await dryRun(planned, doors, target.readable) : undefined
  const tries = [first, again].filter((each): each is Tried => each !== undefined)
  const result = await drawn(making, {
    ...(target.object === undefined ? {} : { before: await seen(target.object, making) }),
    after: await Promise.all(tries.map(({ body }) => seen(body, making))),
    deletes,
  })
  const kind = first === undefined ? 'Impossible' : result.diff === '' ? 'Unchanged' : 'Changed'
  const shown = readers(shownOf(making, first === undefined ? { ...result, diff: '' } : result, kind), target.readable)
  const common = commonOf(planned)
  // The server makes it where there is none.
  if ((target.absent || first?.made === true) && !deletes) return { hashes: hashesOfCreate([...common, 'absent']), targets: [], shown }
  const { target: about } = result
  const facts = { target: about, readable: target.readable, drawn: result, triedAsSent: planned.outgoing.equals(planned.sends) }
  return { hashes: hashesOfObject(common, facts), targets: about === undefined ? [] : [about], shown }
}

async function planOfCreate(making: Making): Promise<Plan> {
  const { planned, doors, purpose } = making
  const hashes = hashesOfCreate(commonOf(planned))
  if (purpose === 'check') return { hashes, targets: [], shown: {} }
  const { path } = planned.asked
  const readable = planned.mayRead(`${path}/new`)
  const made = await dryRun(planned, doors, readable)
  const result = await drawn(making, { after: made === undefined ? [] : [await seen(made.body, making)], deletes: false })
  const shown = shownOf(making, result, made === undefined ? 'Impossible' : 'Changed')
  if (!readable || result.madeName === undefined) return { hashes, targets: [], shown: readers(shown, readable) }
  const { readable: byRbac } = await readTarget(planned, doors, `${path}/${result.madeName}`)
  return { hashes, targets: [], shown: readers(shown, byRbac) }
}

async function planOfCollection(making: Making): Promise<Plan> {
  const { planned, doors, purpose } = making
  const readable = purpose === 'show' && (await mayList(planned, doors))
  const tried = await dryRun(planned, doors, readable)
  const targets = tried === undefined ? [] : await doors.drawer.identify(tried.body)
  if (tried === undefined || targets.some(({ uid, name }) => uid === undefined || name === ''))
    throw new StatusError('MethodNotAllowed', 'the server cannot say which objects it would delete: delete them one by one')
  if (targets.length > MAX_OBJECTS)
    throw new StatusError('Forbidden', `it would delete ${targets.length} objects; one approval can be about ${MAX_OBJECTS}: narrow it by a label selector`)
  const hashes = hashesOfSet(commonOf(planned), targets)
  if (purpose === 'check') return { hashes, targets, shown: {} }
  const lines = targets.map(({ namespace, name }) => `-${namespace === undefined ? '' : `${namespace}/`}${name}`)
  const result = await drawn(making, { after: [], deletes: true })
  const shown = shownOf(making, { ...result, diff: lines.join('\n') }, lines.length === 0 ? 'Unchanged' : 'Changed')
  return { hashes, targets, shown: readers(shown, readable) }
}

/** The path of the object whose subresource is asked for. */
function parentOf({ asked: { path, classified } }: Planned): string {
  const below = classified.info.parts.length - 2
  return below <= 0 ? path : path.replace(/\/$/, '').split('/').slice(0, -below).join('/')
}

/** Of what cannot be tried: a stream, an eviction, a subresource with a handler of its own. Bound to the object that it is about. */
async function planOfOther(making: Making): Promise<Plan> {
  const { planned, doors, purpose } = making
  const { info } = planned.asked.classified
  const path = parentOf(planned)
  const target = info.name === '' ? undefined : await readTarget(planned, doors, path)
  const evicts = info.subresource === 'eviction'
  if (evicts) readOptions(planned.asked)
  const before = target?.object === undefined ? {} : { before: await seen(target.object, making) }
  const result = await drawn(making, { ...before, after: [], deletes: true })
  const plan = { hashes: hashesOfTarget(commonOf(planned), result.target), targets: result.target === undefined ? [] : [result.target] }
  if (purpose === 'check') return { ...plan, shown: {} }
  const known = evicts && target?.object !== undefined
  const shown = shownOf(making, known ? result : { ...result, diff: '', cut: { removed: 0, added: 0 } }, known ? 'Changed' : 'Impossible')
  return { ...plan, shown: known ? readers(shown, target.readable) : shown }
}

function planFor(making: Making): Promise<Plan> {
  const { planned } = making
  const { verb } = planned.asked.classified.info
  if (!canBeTried(planned)) return planOfOther(making)
  if (verb === 'create') return planOfCreate(making)
  return verb === 'deletecollection' ? planOfCollection(making) : planOfObject(making)
}

/**
 * What an operation would change, as kube-apiserver says by a dry run in the agent's name; masked as approvers see it.
 * @throws StatusError when upstream would refuse the operation, or it cannot be told what it would do
 */
export async function makePlan(planned: Planned, doors: PlanDoors, purpose: Purpose): Promise<Plan> {
  refuseMoves(planned.asked)
  const { masking, written, drawer } = doors
  const masks = createApproverMasks({ written, lookup: (namespace, secret, key) => masking.lookup(namespace, secret, key) })
  return await drawer.turn(planned.asked.caller.identity.username, () => planFor({ planned, doors, masks, purpose }))
}

