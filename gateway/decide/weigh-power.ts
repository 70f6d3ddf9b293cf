import { withGains } from '../../domain/classify/classify.ts'
import { kindOfGain, type Gain } from '../../domain/api/gain.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import { mediaType } from '../../domain/media-type.ts'
import type { Verdict } from '../../domain/permit.ts'
import { gainsOfRequest, UNREADABLE } from '../../domain/workload/gains.ts'
import { objectsOf } from '../../domain/policy/conditions/unknown-objects.ts'
import { mayHoldPods } from '../../domain/workload/holds-pods.ts'
import type { ApiServers } from '../../kube/api-servers.ts'
import { whyNoDryRun } from '../classify/keeps-dry-run.ts'
import { readObject } from '../classify/read-object.ts'
import type { ClassifiedRequest, Decided, DecidedRequest } from '../steps.ts'
import { decideAbout } from './decide-about.ts'
import { deniedAtAdmission } from './denied-at-admission.ts'
import { mayRead, readOf } from './may-read.ts'
import { neverKnown, type Objects } from './body/known-objects.ts'
import { ordinaryVerdict, type Outlook } from './ordinary-verdict.ts'
import type { VerdictDependencies } from './request-judge.ts'
import { prepareBody, type PrepareDependencies, type Prepared } from './body/prepare-body.ts'
import { copiesToNames } from './body/refuse-copies.ts'
import { cannotBeTried, refusedWrite } from './body/refused-write.ts'
import { objectPath, resultingObject, type Resulting } from './body/resulting-object.ts'

/** A request with the gains of its write, and the decision about it. `prepared`: the body to send upstream. Absent: not prepared yet. */
export type Weighed = DecidedRequest & { readonly prepared?: Prepared }
type Result = { readonly asked: ClassifiedRequest; readonly decided: Decided; readonly prepared?: Prepared }
export type WeighDependencies = PrepareDependencies & VerdictDependencies & { readonly servers: ApiServers }
type Weighing = { readonly asked: ClassifiedRequest; readonly decided: Decided; readonly deps: WeighDependencies }
type Made = Extract<Resulting, { kind: 'object' }>

const isReadable = ({ asked, decided, deps }: Weighing): boolean => mayRead(readOf(asked, objectPath(asked)), decided.policies, deps)

/** Objects for conditions. An oldObject that the agent may not read is unknown rather than null, so a condition on it has no value. */
function objectsIn({ object, oldObject, oldObjectKnown }: Made): Objects {
  const unknown = { variables: ['oldObject'], why: 'RBAC does not let the agent read it' } as const
  return { object, ...(oldObjectKnown ? { oldObject } : { unknown }) }
}

const withoutDetails = (gains: readonly Gain[]): readonly Gain[] => [...new Set(gains.map(kindOfGain))]

/**
 * Returns the gains of a write. When the agent may not read the object, only their kinds, without names from the object. Of the volumes of a new object
 * only the kind when masked values were put back into it: attributes of CSI volumes may be such values.
 */
function gainsIn(made: Made, weighing: Weighing, restores = false): readonly Gain[] {
  if (!mayHoldPods(weighing.asked.classified.info)) return []
  const gains = gainsOfRequest(weighing.asked.classified.info, made.object, made.oldObject)
  if (!made.readable || !isReadable(weighing)) return withoutDetails(gains)
  if (!restores || made.oldObject !== undefined) return gains
  return [...new Set(gains.map((each) => (kindOfGain(each) === 'Volume' ? 'Volume' : each)))]
}

/** Decides again with gains and objects. The result does not retain the objects: they are large, and a hold can last long. */
function decideAgain({ asked, decided, deps }: Weighing, gains: readonly Gain[], objects?: Objects): Omit<Result, 'prepared'> {
  const weighed = gains.length === 0 ? asked : { ...asked, classified: withGains(asked.classified, gains) }
  return { asked: weighed, decided: decideAbout(objects === undefined ? weighed : { ...weighed, objects }, decided.policies, deps) }
}

/**
 * Handles a write that no grant covers: decides whether the agent should request a grant, or an approval of this exact operation. Refuses the
 * write unless it has gains, or a condition on its object holds or denies it. All failures give the same refusal, so they disclose nothing about
 * the object.
 * @throws StatusError the refusal of an ordinary write
 */
async function weighUncovered(weighing: Weighing, verdict: Extract<Verdict, { kind: 'ask' }>): Promise<Result> {
  const { asked, decided, deps } = weighing
  const { policies, decision } = decided
  const refusal = refusalOf(verdict, asked.classified, asked.caller.identity)
  // Without a grant, do not send a dry run that might be executed. A write that cannot have gains needs a grant whatever its object is.
  if (!mayHoldPods(asked.classified.info) || whyNoDryRun(asked.classified.info, deps.servers) !== undefined) throw refusal
  // The names of gains are shown, and must not be texts that the agent only copies.
  if (copiesToNames(asked)) throw refusal
  const made = await resultingObject(asked, { policies, upstream: deps.upstream, elevated: decision.policy }).catch(() => undefined)
  if (made?.kind !== 'object') throw refusal
  const gains = gainsIn(made, weighing)
  const weighed = decideAgain(weighing, gains, objectsIn(made))
  const { effect, error } = weighed.decided.decision
  if (gains.length === 0 && (error !== undefined || effect === 'Allow' || effect === 'RequireGrant')) throw refusal
  return weighed
}

/**
 * Result for a write that was not inspected: it may only be held for an approval of this exact operation, or refused. A grant that was approved in
 * the meantime applies only to inspected writes. @throws StatusError the refusal
 */
function heldUnseen({ asked, decided }: Weighing, worst: Verdict): Omit<Result, 'prepared'> {
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
 * Returns the gains of a write that cannot be tried safely. If it sends the complete object as JSON, compares that with no previous object.
 * Otherwise the gains are unreadable: only the server knows the result of a patch.
 */
function gainsAsSent(asked: ClassifiedRequest, { body }: Prepared): readonly Gain[] {
  const { info } = asked.classified
  if (!mayHoldPods(info)) return []
  const isWhole = (info.verb === 'create' || info.verb === 'update') && mediaType(asked.headers.get('content-type')) === 'application/json'
  return isWhole ? gainsOfRequest(info, readObject(body), undefined) : UNREADABLE
}

/** Handles a write whose dry run was refused. @throws StatusError the response of kube-apiserver as far as the agent may see it, or the refusal */
function weighRefused(weighing: Weighing, { reply, readable }: Extract<Resulting, { kind: 'refused' }>, { sure, worst }: Outlook): Result {
  const { asked, decided, deps } = weighing
  if (cannotBeTried(reply)) return decideAgain(weighing, mayHoldPods(asked.classified.info) ? UNREADABLE : [], cannotTry)
  const denied = decided.loosest === undefined ? undefined : deniedAtAdmission(reply, decided)
  if (denied !== undefined) return { asked, decided: denied }
  const allowed = isReadable(weighing)
  // Without a grant, a failure must not disclose the object, and the rule that might have allowed the write does not apply.
  if (!sure && (!allowed || !readable || reply.status === 403)) return heldUnseen(weighing, worst)
  throw refusedWrite(weighing, reply, { masking: deps.masking, readable: allowed })
}

/** Tries the write as a dry run with the body and the groups that the write itself would use. */
async function weighCovered(weighing: Weighing, outlook: Outlook): Promise<Result> {
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
  return { ...decideAgain(weighing, gainsIn(made, weighing, prepared.restores), objectsIn(made)), prepared }
}

/**
 * Determines the object that a write would store, if the decision depends on it. Compares a write that may hold a pod template with
 * the live object, so that a write with gains is classified above an ordinary write, and lets policy conditions see the resulting object. This costs
 * a dry run, so other requests, and writes that the policies refuse for every object, are returned unchanged. A write that cannot be tried counts
 * as having gains. For a condition without a value, its strictest possible outcome counts.
 */
async function weigh(weighing: Weighing): Promise<Result> {
  const { asked, decided, deps } = weighing
  const { info } = asked.classified
  if (!mayHoldPods(info) && !asksForObject(weighing)) return { asked, decided: certainDenial(decided) }
  const outlook = await ordinaryVerdict(asked, decided, deps)
  const { verdict, sure, worst } = outlook
  if (verdict.kind === 'deny') return { asked, decided: certainDenial(decided) }
  if (verdict.kind === 'ask' && verdict.for === 'grant' && asked.askFirst === undefined) return weighUncovered(weighing, verdict)
  // As in weighUncovered: without a certain permission, do not send a dry run that might be executed.
  const why = whyNotTried(asked, deps)
  if (!sure && why !== undefined) return heldUnseen({ ...weighing, ...decideAgain(weighing, [], notTried(asked, why)) }, worst)
  return weighCovered(weighing, outlook)
}

/**
 * Second part of the step `decide`. Decides a write again when its gains and the object that it would store are known.
 * @throws StatusError the response of kube-apiserver to a write that it would refuse; what prepareBody throws; the refusal of a write that no grant
 * covers; 502, 503, 504 when the result is unknown
 */
export async function weighPower(request: DecidedRequest, deps: WeighDependencies): Promise<Weighed> {
  // Fails here, before anything is done, if the response could not be masked. The mask step waits again, for what is written in the meantime.
  if (request.classified.info.isResourceRequest) await deps.masking.values()
  const { asked, ...weighed } = await weigh({ asked: request, decided: request.decided, deps })
  return { ...asked, ...weighed }
}

const asksForObject = ({ asked, decided }: Pick<Weighing, 'asked' | 'decided'>): boolean =>
  decided.loosest !== undefined && neverKnown(asked) === undefined

/** Prefers the rule that denies every object to a rule that denies only some. */
const certainDenial = (decided: Decided): Decided => (decided.loosest?.effect === 'Deny' ? { ...decided, decision: decided.loosest } : decided)

/** Returns why a write cannot be tried; undefined when it can. A delete needs no dry run, because its object is read instead. */
const whyNotTried = ({ classified: { info } }: ClassifiedRequest, { servers }: Pick<WeighDependencies, 'servers'>): string | undefined =>
  info.verb === 'delete' ? undefined : whyNoDryRun(info, servers)

const notTried = (asked: ClassifiedRequest, why: string): Objects => ({ unknown: { variables: objectsOf(asked.classified), why } })

/** Decides a request again after its wait, with the current policies and the groups of the approval that it waited for. */
export async function decideNow(asked: ClassifiedRequest, prepared: Prepared, deps: WeighDependencies): Promise<Decided> {
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
