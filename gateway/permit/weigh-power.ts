import { classify, withGains } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import { kindOfGain, type Gain } from '../../domain/gain.ts'
import type { Verdict } from '../../domain/permit.ts'
import { gainsOfRequest, UNREADABLE } from '../../domain/workload/gains.ts'
import { mayHoldPods } from '../../domain/workload/holds-pods.ts'
import { cannotBeTried, refusalFrom } from '../hold/preview.ts'
import type { Asked } from '../steps.ts'
import { decideAbout, type Decided } from './decide-about.ts'
import { prepareBody, type PrepareDoors, type Prepared } from './prepare-body.ts'
import { resultingObject, type Resulting } from './resulting-object.ts'

/** A request with what its write gives to a workload, and what the policies say of it then. */
export type Weighed = {
  readonly asked: Asked
  readonly decided: Decided
  /** The body that goes upstream. Absent: not prepared yet. */
  readonly shown?: Prepared
}
type Ordinary = { readonly decided: Decided; /** What holds for the write if it is an ordinary one. */ readonly verdict: Verdict }

const QUERY = new URLSearchParams()
const EMPTY = Buffer.alloc(0)

/** Whether the policies let the agent read the object that it writes. */
function mayRead(asked: Asked, { policies }: Decided, doors: PrepareDoors): boolean {
  const { path } = asked
  const reads: Asked = { ...asked, method: 'GET', search: '', query: QUERY, body: EMPTY, classified: classify(readRequest('GET', path, QUERY)) }
  const { decision } = decideAbout(reads, policies, doors)
  return decision.effect === 'Allow' || decision.shadow
}

/** Of an object that the agent may not read, it learns no names. */
function gainsIn(asked: Asked, made: Extract<Resulting, { kind: 'object' }>, by: { readonly decided: Decided; readonly doors: PrepareDoors }): readonly Gain[] {
  const gains = gainsOfRequest(asked.classified.info, made.object, made.oldObject)
  if (gains.length === 0 || (made.readable && mayRead(asked, by.decided, by.doors))) return gains
  return [...new Set(gains.map(kindOfGain))]
}

function again(asked: Asked, gains: readonly Gain[], { decided, doors }: { readonly decided: Decided; readonly doors: PrepareDoors }): Pick<Weighed, 'asked' | 'decided'> {
  if (gains.length === 0) return { asked, decided }
  const weighed = { ...asked, classified: withGains(asked.classified, gains) }
  return { asked: weighed, decided: decideAbout(weighed, decided.policies, doors) }
}

/**
 * For an agent that has no grant for the write yet: whether to ask for one or for an approval of this very write. Nothing will be forwarded, so what
 * fails here fails silently, and tells nothing of an object.
 */
async function weighUncovered(asked: Asked, { decided }: Ordinary, doors: PrepareDoors): Promise<Weighed> {
  const { decision, policies } = decided
  try {
    const made = await resultingObject(asked, { policies, upstream: doors.upstream, elevated: decision.policy })
    return made.kind === 'object' ? again(asked, gainsIn(asked, made, { decided, doors }), { decided, doors }) : { asked, decided }
  } catch {
    return { asked, decided }
  }
}

/** Whose elevated group the write would wear. */
function elevatedBy({ verdict, decided: { decision } }: Ordinary): string | undefined {
  return verdict.kind === 'allow' ? verdict.permit.grant?.policy : decision.policy
}

/**
 * Part of step 3: compares a write that may hold a pod template with the live object. It costs a dry run, so it is for those writes alone, and only
 * where the policies do not deny them anyway. What cannot be tried counts as gaining power.
 * @throws StatusError what kube-apiserver says of a write that it would refuse; what prepareBody throws; 502, 503, 504 when it cannot be known
 */
export async function weighPower(asked: Asked, ordinary: Ordinary, doors: PrepareDoors): Promise<Weighed> {
  const { decided, verdict } = ordinary
  if (verdict.kind === 'deny' || !mayHoldPods(asked.classified.info)) return { asked, decided }
  if (verdict.kind === 'ask' && verdict.for === 'grant') return weighUncovered(asked, ordinary, doors)
  const { decision, policies } = decided
  const shown = await prepareBody(asked, policies, doors)
  const elevated = elevatedBy(ordinary)
  const made = await resultingObject(asked, {
    policies,
    upstream: doors.upstream,
    outgoing: shown.trial ?? shown.body,
    ...(elevated === undefined ? {} : { elevated }),
  })
  if (made.kind === 'object') return { ...again(asked, gainsIn(asked, made, { decided, doors }), { decided, doors }), shown }
  if (!cannotBeTried(made.reply)) throw refusalFrom({ asked, decision, policies }, made.reply, doors.masking)
  return { ...again(asked, UNREADABLE, { decided, doors }), shown }
}
