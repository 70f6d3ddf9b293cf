import { withGains } from '../../domain/classify/classify.ts'
import { kindOfGain, type Gain } from '../../domain/gain.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import { mediaType } from '../../domain/mask/restore/oracles.ts'
import type { Verdict } from '../../domain/permit.ts'
import { gainsOfRequest, UNREADABLE } from '../../domain/workload/gains.ts'
import { mayHoldPods } from '../../domain/workload/holds-pods.ts'
import type { ApiServers } from '../../kube/api-servers.ts'
import { whyNoDryRun } from '../ask/keeps-dry-run.ts'
import { readObject } from '../ask/read-object.ts'
import type { Asked } from '../steps.ts'
import { decideAbout, type Decided } from './decide-about.ts'
import { mayRead, readOf } from './may-read.ts'
import { ordinaryVerdict, type VerdictDoors } from './ordinary-verdict.ts'
import { prepareBody, type PrepareDoors, type Prepared } from './prepare-body.ts'
import { cannotBeTried, refusedWrite } from './refused-write.ts'
import { objectPath, resultingObject, type Resulting } from './resulting-object.ts'

/** A request with what its write gives to a workload, and what the policies say of it then. */
export type Weighed = {
  readonly asked: Asked
  readonly decided: Decided
  /** The body that goes upstream. Absent: not prepared yet. */
  readonly prepared?: Prepared
}
type Weighing = { readonly asked: Asked; readonly decided: Decided; readonly doors: PrepareDoors & VerdictDoors & { readonly servers: ApiServers } }
type Made = Extract<Resulting, { kind: 'object' }>

const isReadable = ({ asked, decided, doors }: Weighing): boolean => mayRead(readOf(asked, objectPath(asked)), decided.policies, doors)

/** Of an object that the agent may not read, it learns no names. */
function gainsIn(made: Made, weighing: Weighing): readonly Gain[] {
  const gains = gainsOfRequest(weighing.asked.classified.info, made.object, made.oldObject)
  if (gains.length === 0 || (made.readable && isReadable(weighing))) return gains
  return [...new Set(gains.map(kindOfGain))]
}

function decideAgain(gains: readonly Gain[], { asked, decided, doors }: Weighing): Pick<Weighed, 'asked' | 'decided'> {
  if (gains.length === 0) return { asked, decided }
  const weighed = { ...asked, classified: withGains(asked.classified, gains) }
  return { asked: weighed, decided: decideAbout(weighed, decided.policies, doors) }
}

/**
 * For an agent whose grants do not cover the write: whether it should ask for a grant, or for an approval of this very write. Nothing is forwarded
 * that was not weighed, so this refuses all but what gains power; and what fails here tells nothing of an object.
 * @throws StatusError the refusal of an ordinary write
 */
async function weighUncovered(weighing: Weighing, verdict: Extract<Verdict, { kind: 'ask' }>): Promise<Weighed> {
  const { asked, decided, doors } = weighing
  const { decision, policies } = decided
  const refusal = refusalOf(verdict, asked.classified, asked.caller.identity)
  // What might be done for real is not tried before anybody has granted it.
  if (whyNoDryRun(asked.classified.info, doors.servers) !== undefined) throw refusal
  const made = await resultingObject(asked, { policies, upstream: doors.upstream, elevated: decision.policy }).catch(() => undefined)
  const gains = made?.kind === 'object' ? gainsIn(made, weighing) : []
  if (gains.length === 0) throw refusal
  return decideAgain(gains, weighing)
}

/**
 * Of a write that cannot be tried safely: what it gives by what it sends, where that is the whole object in JSON, compared with nothing. Only the
 * server knows what it makes of a patch.
 */
function gainsAsSent(asked: Asked, { body }: Prepared): readonly Gain[] {
  const { info } = asked.classified
  const isWhole = (info.verb === 'create' || info.verb === 'update') && mediaType(asked.headers.get('content-type')) === 'application/json'
  return isWhole ? gainsOfRequest(info, readObject(body), undefined) : UNREADABLE
}

/** Tries what will be sent, with the power that the write itself would wear. */
async function weighCovered(weighing: Weighing, verdict: Verdict): Promise<Weighed> {
  const { asked, decided, doors } = weighing
  const prepared = await prepareBody(asked, decided.policies, doors)
  if (whyNoDryRun(asked.classified.info, doors.servers) !== undefined) return { ...decideAgain(gainsAsSent(asked, prepared), weighing), prepared }
  const elevated = verdict.kind === 'allow' ? verdict.permit.grant?.policy : decided.decision.policy
  const made = await resultingObject(asked, {
    policies: decided.policies,
    upstream: doors.upstream,
    outgoing: prepared.trial ?? prepared.body,
    ...(elevated === undefined ? {} : { elevated }),
  })
  if (made.kind === 'object') return { ...decideAgain(gainsIn(made, weighing), weighing), prepared }
  if (cannotBeTried(made.reply)) return { ...decideAgain(UNREADABLE, weighing), prepared }
  throw refusedWrite(weighing, made.reply, { masking: doors.masking, readable: isReadable(weighing) })
}

/**
 * Part of step 3: compares a write that may hold a pod template with the live object, so that one that gains power is classed above an ordinary
 * write. It costs a dry run, so other requests, and what the policies deny anyway, are left as they are. What cannot be tried counts as gaining
 * power.
 * @throws StatusError what kube-apiserver says of a write that it would refuse; what prepareBody throws; the refusal of a write that no grant
 * covers; 502, 503, 504 when it cannot be known
 */
export async function weighPower(weighing: Weighing): Promise<Weighed> {
  const { asked, decided, doors } = weighing
  if (!mayHoldPods(asked.classified.info)) return { asked, decided }
  const verdict = await ordinaryVerdict(asked, decided, doors)
  if (verdict.kind === 'deny') return { asked, decided }
  return verdict.kind === 'ask' && verdict.for === 'grant' ? weighUncovered(weighing, verdict) : weighCovered(weighing, verdict)
}
