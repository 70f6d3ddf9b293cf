import { refusalOf, ungoverned } from '../../domain/grant/refusal.ts'
import type { Decision } from '../../domain/decision.ts'
import type { PermitGrant } from '../../domain/permit.ts'
import type { FailureStatus, StatusError } from '../../domain/status-error.ts'
import { passesUngoverned, type ValidationOutcome } from './validate.ts'

/** Outcome of a review in annotations and metrics. `would-ask` and `would-deny`: allowed, because only a shadow policy asks or denies. */
export type ReviewOutcome = 'allow' | 'ask' | 'deny' | 'error' | 'preview' | 'ungoverned' | 'would-ask' | 'would-deny'

/** AdmissionResponse of admission.k8s.io/v1. */
export type AdmissionResponse = {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: FailureStatus
  /** kube-apiserver adds these to the audit event and prefixes each key with the webhook's name. */
  readonly auditAnnotations: { readonly [key: string]: string }
  readonly warnings?: readonly string[]
}

export type ReviewAnswer = { readonly decision: ReviewOutcome; readonly response: AdmissionResponse }

type Noted = { readonly decision?: Decision; readonly grant?: PermitGrant | undefined }

/** `decision policy rule grant request agent`; `request` is the AccessRequest that led to the grant. Unknown ones are omitted. */
function annotations(outcome: ReviewOutcome, agent: string, { decision, grant }: Noted = {}): { readonly [key: string]: string } {
  return {
    decision: outcome,
    agent,
    ...(decision === undefined ? {} : { policy: decision.policy, rule: decision.rule }),
    ...(grant === undefined ? {} : { grant: grant.name, request: grant.requestName }),
  }
}

/** kube-apiserver may truncate warnings longer than 256 characters. */
const WARNING_LENGTH = 250
const warning = (text: string): string => text.split('\n')[0]?.slice(0, WARNING_LENGTH) ?? ''

const outdated = ({ outdatedForMs }: ValidationOutcome): readonly string[] =>
  outdatedForMs === undefined
    ? []
    : [warning(`jit-access: its API server is away, so this was decided by the policies and grants of ${Math.round(outdatedForMs / 1000)} s ago`)]

/** The answer to a review that could be decided. */
export function answerTo(uid: string, outcome: ValidationOutcome): ReviewAnswer {
  const { identity } = outcome
  const yes = (decision: ReviewOutcome, noted?: Noted, notes: readonly string[] = []): ReviewAnswer => {
    const warnings = [...notes, ...outdated(outcome)]
    return {
      decision,
      response: {
        uid,
        allowed: true,
        auditAnnotations: annotations(decision, identity.username, noted),
        ...(warnings.length === 0 ? {} : { warnings }),
      },
    }
  }
  const no = (decision: ReviewOutcome, error: StatusError, noted?: Noted): ReviewAnswer => ({
    decision,
    response: { uid, allowed: false, status: error.toStatus(), auditAnnotations: annotations(decision, identity.username, noted) },
  })
  switch (outcome.kind) {
    case 'ungoverned':
      return passesUngoverned(outcome) ? yes('ungoverned') : no('deny', ungoverned(identity, outcome.asked))
    case 'preview':
      return yes('preview', outcome)
    case 'allowed': {
      const { permit, shadowed } = outcome
      if (shadowed === undefined) return yes('allow', permit)
      const refusal = refusalOf(shadowed, permit.classified, identity)
      return yes(shadowed.kind === 'ask' ? 'would-ask' : 'would-deny', permit, [warning(`jit-access only watches: ${refusal.message}`)])
    }
    case 'refused': {
      const { verdict, asked } = outcome
      const decision = verdict.decision.error === undefined ? verdict.kind : 'error'
      return no(decision, refusalOf(verdict, asked, identity), verdict)
    }
  }
}

/** The answer to a review whose decision threw: a refusal with the error as its status. It counts as a denial if its code says that it is one. */
export function answerToError(uid: string, username: string, error: StatusError): ReviewAnswer {
  const decision = error.code < 500 ? 'deny' : 'error'
  return { decision, response: { uid, allowed: false, status: error.toStatus(), auditAnnotations: annotations(decision, username) } }
}
