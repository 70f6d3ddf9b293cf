import { withGains } from '../../domain/classify/classify.ts'
import { kindOfGain, type Gain } from '../../domain/gain.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import { mediaType } from '../../domain/mask/restore/oracles.ts'
import type { Verdict } from '../../domain/permit.ts'
import { gainsOfRequest, UNREADABLE } from '../../domain/workload/gains.ts'
import { objectsOf } from '../../domain/policy/conditions/unknown-objects.ts'
import { mayHoldPods } from '../../domain/workload/holds-pods.ts'
import type { ApiServers } from '../../kube/api-servers.ts'
import { whyNoDryRun } from '../classify/keeps-dry-run.ts'
import { readObject } from '../classify/read-object.ts'
import type { Asked } from '../steps.ts'
import { decideAbout, type Decided } from './decide-about.ts'
import { deniedAtAdmission } from './denied-at-admission.ts'
import { mayRead, readOf } from './may-read.ts'
import { neverKnown, type Objects } from './body/objects.ts'
import { ordinaryVerdict, type Outlook, type VerdictDependencies } from './ordinary-verdict.ts'
import { prepareBody, type PrepareDependencies, type Prepared } from './body/prepare-body.ts'
import { cannotBeTried, refusedWrite } from './body/refused-write.ts'
import { objectPath, resultingObject, type Resulting } from './body/resulting-object.ts'

/** A request with what its write gives to a workload, and what the policies say of it then. */
export type Weighed = {
  readonly asked: Asked
  readonly decided: Decided
  /** The body that goes upstream. Absent: not prepared yet. */
  readonly prepared?: Prepared
}
export type WeighDependencies = PrepareDependencies & VerdictDependencies & { readonly servers: ApiServers }
type Weighing = { readonly asked: Asked; readonly decided: Decided; readonly deps: WeighDependencies }
type Made = Extract<Resulting, { kind: 'object' }>

const isReadable = ({ asked, decided, deps }: Weighing): boolean => mayRead(readOf(asked, objectPath(asked)), decided.policies, deps)

/** What may not be read is not null: a condition that asks for it has no value. */
function objectsIn({ object, oldObject, oldObjectKnown }: Made): Objects {
  const unknown = { variables: ['oldObject'], why: 'RBAC does not let the agent read it' } as const
  return { object, ...(oldObjectKnown ? { oldObject } : { unknown }) }
}

/** Of an object that the agent may not read, it learns no names. */
function gainsIn(made: Made, weighing: Weighing): readonly Gain[] {
  if (!mayHoldPods(weighing.asked.classified.info)) return []
  const gains = gainsOfRequest(weighing.asked.classified.info, made.object, made.oldObject)
  if (gains.length === 0 || (made.readable && isReadable(weighing))) return gains
  return [...new Set(gains.map(kindOfGain))]
}

/** The objects themselves are not kept: they are large, and a human takes time. */
function decideAgain({ asked, decided, deps }: Weighing, gains: readonly Gain[], objects?: Objects): Pick<Weighed, 'asked' | 'decided'> {
  const weighed = gains.length === 0 ? asked : { ...asked, classified: withGains(asked.classified, gains) }
  return { asked: weighed, decided: decideAbout(objects === undefined ? weighed : { ...weighed, objects }, decided.policies, deps) }
}

/**
 * For an agent whose grants do not cover the write: whether it should ask for a grant, or for an approval of this very write. Nothing is forwarded
 * that was not weighed, so this refuses all but what gains power, or what a condition over the object holds or denies; and what fails here tells
 * nothing of an object.
 * @throws StatusError the refusal of an ordinary write
 */
async function weighUncovered(weighing: Weighing, verdict: Extract<Verdict, { kind: 'ask' }>): Promise<Weighed> {
  const { asked, decided, deps } = weighing
  const { policies, decision } = decided
  const refusal = refusalOf(verdict, asked.classified, asked.caller.identity)
  // What might be done for real is not tried before anybody has granted it. What gains no power needs a grant whatever its object is.
  if (!mayHoldPods(asked.classified.info) || whyNoDryRun(asked.classified.info, deps.servers) !== undefined) throw refusal
  const made = await resultingObject(asked, { policies, upstream: deps.upstream, elevated: decision.policy }).catch(() => undefined)
  if (made?.kind !== 'object') throw refusal
  const gains = gainsIn(made, weighing)
  const weighed = decideAgain(weighing, gains, objectsIn(made))
  const { effect, error } = weighed.decided.decision
  if (gains.length === 0 && (error !== undefined || effect === 'Allow' || effect === 'RequireGrant')) throw refusal
  return weighed
}

/**
 * Of a write that was not looked at nothing but an approval of the very write may come, or the refusal: a grant that was made meanwhile is for what
 * has been weighed. @throws StatusError the refusal
 */
function heldUnseen({ asked, decided }: Weighing, worst: Verdict): Pick<Weighed, 'asked' | 'decided'> {
  if (worst.kind === 'ask' && worst.for === 'approval') return { asked, decided }
  const verdict: Verdict =
    worst.kind === 'allow' ? { kind: 'ask', for: 'grant', decision: decided.decision } : { ...worst, decision: decided.decision }
  throw refusalOf(verdict, asked.classified, asked.caller.identity)
}

const cannotTry: Objects = {
  unknown: {
    variables: ['object', 'oldObject'],
    why: 'kube-apiserver cannot try the write, since an admission webhook there does not support dry runs',
  },
}

/**
 * Of a write that cannot be tried safely: what it gives by what it sends, where that is the whole object in JSON, compared with nothing. Only the
 * server knows what it makes of a patch.
 */
function gainsAsSent(asked: Asked, { body }: Prepared): readonly Gain[] {
  const { info } = asked.classified
  if (!mayHoldPods(info)) return []
  const isWhole = (info.verb === 'create' || info.verb === 'update') && mediaType(asked.headers.get('content-type')) === 'application/json'
  return isWhole ? gainsOfRequest(info, readObject(body), undefined) : UNREADABLE
}

/** Of a write that kube-apiserver would refuse. @throws StatusError its answer, as the agent may hear it; the refusal */
function weighRefused(weighing: Weighing, { reply, readable }: Extract<Resulting, { kind: 'refused' }>, { sure, worst }: Outlook): Weighed {
  const { asked, decided, deps } = weighing
  if (cannotBeTried(reply)) return decideAgain(weighing, mayHoldPods(asked.classified.info) ? UNREADABLE : [], cannotTry)
  const denied = decided.loosest === undefined ? undefined : deniedAtAdmission(reply, decided)
  if (denied !== undefined) return { asked, decided: denied }
  const allowed = isReadable(weighing)
  // Where nothing is granted yet, a failure tells nothing of an object, and the rule that might have allowed the write does not.
  if (!sure && (!allowed || !readable || reply.status === 403)) return heldUnseen(weighing, worst)
  throw refusedWrite(weighing, reply, { masking: deps.masking, readable: allowed })
}

/** Tries what will be sent, with the power that the write itself would wear. */
async function weighCovered(weighing: Weighing, outlook: Outlook): Promise<Weighed> {
  const { asked, decided, deps } = weighing
  const { verdict } = outlook
  const prepared = await prepareBody(asked, decided.policies, deps)
  const why = whyNotTried(asked, deps)
  if (why !== undefined) return { ...decideAgain(weighing, gainsAsSent(asked, prepared), notTried(asked, why)), prepared }
  const elevated = verdict.kind === 'allow' ? verdict.permit.grant?.policy : decided.decision.policy
  const made = await resultingObject(asked, {
    policies: decided.policies,
    upstream: deps.upstream,
    outgoing: prepared.trial ?? prepared.body,
    ...(elevated === undefined ? {} : { elevated }),
  })
  if (made.kind === 'refused') return { ...weighRefused(weighing, made, outlook), prepared }
  return { ...decideAgain(weighing, gainsIn(made, weighing), objectsIn(made)), prepared }
}

/**
 * Part of step 3: looks what a write makes of its object, where somebody asks for that. A write that may hold a pod template is compared with the
 * live object, so that one that gains power is classed above an ordinary write; and the conditions of policies see the object as it will be. It costs
 * a dry run, so other requests, and what the policies refuse whatever the object is, are left as they are. What cannot be tried counts as gaining
 * power, and of a condition without a value the strictest that can come of it counts.
 * @throws StatusError what kube-apiserver says of a write that it would refuse; what prepareBody throws; the refusal of a write that no grant
 * covers; 502, 503, 504 when it cannot be known
 */
export async function weighPower(weighing: Weighing): Promise<Weighed> {
  const { asked, decided, deps } = weighing
  const { info } = asked.classified
  if (!mayHoldPods(info) && !asksForObject(weighing)) return { asked, decided: certainDenial(decided) }
  const outlook = await ordinaryVerdict(asked, decided, deps)
  const { verdict, sure, worst } = outlook
  if (verdict.kind === 'deny') return { asked, decided: certainDenial(decided) }
  if (verdict.kind === 'ask' && verdict.for === 'grant') return weighUncovered(weighing, verdict)
  // As above: nothing is tried there that the object alone could make legal.
  const why = whyNotTried(asked, deps)
  if (!sure && why !== undefined) return heldUnseen({ ...weighing, ...decideAgain(weighing, [], notTried(asked, why)) }, worst)
  return weighCovered(weighing, outlook)
}

const asksForObject = ({ asked, decided }: Pick<Weighing, 'asked' | 'decided'>): boolean =>
  decided.loosest !== undefined && neverKnown(asked) === undefined

/** The rule that denies whatever the object is, before one that may. */
const certainDenial = (decided: Decided): Decided => (decided.loosest?.effect === 'Deny' ? { ...decided, decision: decided.loosest } : decided)

/** Why a write is not tried. Undefined: it is. A delete is looked up by a read. */
const whyNotTried = ({ classified: { info } }: Asked, { servers }: Pick<WeighDependencies, 'servers'>): string | undefined =>
  info.verb === 'delete' ? undefined : whyNoDryRun(info, servers)

const notTried = (asked: Asked, why: string): Objects => ({ unknown: { variables: objectsOf(asked.classified), why } })

/** What the policies say by now of a request that waited, with the rights of the approval that it waits for. */
export async function decideNow(asked: Asked, prepared: Prepared, deps: WeighDependencies): Promise<Decided> {
  const decided = decideAbout(asked, deps.view.policies(), deps)
  if (!asksForObject({ asked, decided })) return decided
  const { policies, decision } = decided
  const why = whyNotTried(asked, deps)
  if (why !== undefined) return decideAbout({ ...asked, objects: notTried(asked, why) }, policies, deps)
  const outgoing = prepared.trial ?? prepared.body
  const made = await resultingObject(asked, { policies, upstream: deps.upstream, outgoing, elevated: decision.policy })
  if (made.kind === 'object') return decideAbout({ ...asked, objects: objectsIn(made) }, policies, deps)
  return deniedAtAdmission(made.reply, decided) ?? decided
}
