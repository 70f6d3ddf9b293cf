import { AGENTS_GROUP } from '../../domain/api/names.ts'
import { StatusError, type StatusCause } from '../../domain/status-error.ts'
import type { Permitted } from '../steps.ts'

/**
 * kube-apiserver did not let the gateway act in the agent's name. `identity`: it may not take on a user, group or extra.
 * `action`: it may, but not for this verb and resource, since `impersonate-on` rules are the gateway's ceiling.
 */
export type ImpersonationRefusal =
  | { readonly kind: 'identity'; readonly resource: string; readonly name: string }
  | { readonly kind: 'action'; readonly verb: string; /** `widgets.example.com`, where kube-apiserver named it. */ readonly kindName?: string }

/**
 * Words of kube-apiserver's own authorizer (apiserver/pkg/endpoints/handlers/responsewriters.Forbidden), tried on 1.37 with both ways to
 * impersonate. An agent cannot be the user in them: impersonation headers of its own do not arrive. What else may write a 403
 * with this text, such as an admission webhook, makes of it an error and no more.
 */
const WORDS = /User "[^"]*" cannot (impersonate(?:-on)?(?::[a-z-]+){0,2}) (?:resource "([^"]*)"(?: in API group "([^"]*)")?|path )/

/** A plural and its group, as they may stand in a command line. */
const KIND = /^[a-z0-9-]+[.][a-z0-9-]+([.][a-z0-9-]+)*$/

/** The message of a Status, and the name in its details; nothing for any other body. */
function wordsOf(text: string): { readonly message: string; readonly name: string } | undefined {
  try {
    const { message, details } = JSON.parse(text) as { readonly message?: unknown; readonly details?: { readonly name?: unknown } }
    return typeof message === 'string' ? { message, name: typeof details?.name === 'string' ? details.name : '' } : undefined
  } catch {
    return undefined
  }
}

/** What a rule of the gateway's ceiling lacks; a subresource is of the kind. */
function actionRefusal(verb: string, resource: string, group: string): ImpersonationRefusal {
  const kindName = `${resource.split('/')[0]}.${group}`
  return { kind: 'action', verb: verb.split(':').at(-1) ?? '', ...(KIND.test(kindName) ? { kindName } : {}) }
}

export function readImpersonationRefusal(status: number, text: string): ImpersonationRefusal | undefined {
  if (status !== 403 || !text.includes('cannot impersonate')) return undefined
  const said = wordsOf(text)
  const words = said === undefined ? null : WORDS.exec(said.message)
  if (said === undefined || words === null) return undefined
  const [, verb = '', resource = '', group = ''] = words
  return verb.startsWith('impersonate-on:') ? actionRefusal(verb, resource, group) : { kind: 'identity', resource, name: said.name }
}

/** A 500: the agent was let through, and the installation does not allow the gateway to go on. */
export class CannotImpersonate extends StatusError {
  readonly refusal: ImpersonationRefusal
  /** The policies that an admin has to look at. */
  readonly policies: readonly string[]
  constructor(message: string, refusal: ImpersonationRefusal, causes: readonly StatusCause[]) {
    super('InternalError', message, { details: { causes } })
    this.name = 'CannotImpersonate'
    this.refusal = refusal
    this.policies = causes.flatMap(({ field, message: name }) => (field === 'policy' ? [name] : []))
  }
}

/** Names of the policies whose groups a request carries. */
export function policiesActedWith({ policies, permit }: Pick<Permitted, 'policies' | 'permit'>): readonly string[] {
  const names = policies.map(({ metadata }) => metadata.name)
  return [...new Set(permit.grant === undefined ? names : [...names, permit.grant.policy])]
}

/** The policy that a group belongs to; undefined for groups that no policy brings. */
const policyOf = (group: string): string | undefined => /^jit\.access:(?:baseline|elevated):(.+)$/.exec(group)?.[1]

/** One line for all verbs of a kind; where the kind was not told, the verb. */
function impersonationFixOf({ verb, kindName }: Extract<ImpersonationRefusal, { kind: 'action' }>, [policy = 'POLICY']: readonly string[]): string {
  if (kindName === undefined) return `add "impersonate-on:user-info:${verb}" on this resource to the ServiceAccount jit-impersonator`
  return `let agents of policy "${policy}" read this kind, and write it under a grant:\n  kubectl certify policy-rbac ${policy} --resource=${kindName} | kubectl apply -f -`
}

/** What the agent is told: that it is not to blame, which policy an admin has to look at, and where the remedy stands. */
export function cannotImpersonate(refusal: ImpersonationRefusal, policies: readonly string[]): CannotImpersonate {
  if (refusal.kind === 'action')
    return new CannotImpersonate(
      'the policies let you, but this installation does not let the gateway do this in the name of any agent, and no grant changes that: an ' +
        `admin can ${impersonationFixOf(refusal, policies)}`,
      refusal,
      [{ reason: 'BeyondGateway', message: `impersonate-on:user-info:${refusal.verb}`, field: 'impersonator' }],
    )
  const { resource, name } = refusal
  const known = resource === 'groups' ? policyOf(name) : undefined
  const broken = known === undefined ? policies : [known]
  const what =
    resource !== 'groups' ? resource : name === AGENTS_GROUP ? `the group "${name}"` : known === undefined ? 'a group of the token' : `its groups`
  const [first = 'NAME'] = broken
  return new CannotImpersonate(
    `policy "${broken.join('", "')}" cannot work: the gateway may not act with ${what}. This is an error of the installation and no ` +
      `refusal of what you asked for; an admin has to mend it, by the line that this shows: kubectl describe accesspolicy ${first}`,
    refusal,
    broken.map((policy) => ({ reason: 'ImpersonationForbidden', message: policy, field: 'policy' })),
  )
}
