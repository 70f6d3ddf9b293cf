import { AGENTS_GROUP } from '../../domain/api/names.ts'
import { StatusError, type StatusCause } from '../../domain/status-error.ts'
import type { Permitted } from '../steps.ts'

/**
 * kube-apiserver did not let the gateway impersonate the agent. `identity`: the gateway may not impersonate a user, group or extra.
 * `action`: it may, but not for this verb and resource, because `impersonate-on` rules are the gateway's ceiling.
 */
export type ImpersonationRefusal =
  | { readonly kind: 'identity'; readonly resource: string; readonly name: string }
  | { readonly kind: 'action'; readonly verb: string; /** `widgets.example.com`, if kube-apiserver named it. */ readonly kindName?: string }

/**
 * Message of kube-apiserver's authorizer (apiserver/pkg/endpoints/handlers/responsewriters.Forbidden), tested on 1.37 with both kinds of
 * impersonation. The user in it cannot be an agent, because impersonation headers from agents are refused on arrival. If something else sends a
 * 403 with this text, such as an admission webhook, the only effect is that the agent gets a 500.
 */
const WORDS = /User "[^"]*" cannot (impersonate(?:-on)?(?::[a-z-]+){0,2}) (?:resource "([^"]*)"(?: in API group "([^"]*)")?|path )/

/** A plural with its group that is safe in a command line. */
const KIND = /^[a-z0-9-]+[.][a-z0-9-]+([.][a-z0-9-]+)*$/

/** Returns the message of a Status and the name in its details; undefined for any other body. */
function describeOperation(text: string): { readonly message: string; readonly name: string } | undefined {
  try {
    const { message, details } = JSON.parse(text) as { readonly message?: unknown; readonly details?: { readonly name?: unknown } }
    return typeof message === 'string' ? { message, name: typeof details?.name === 'string' ? details.name : '' } : undefined
  } catch {
    return undefined
  }
}

/** Returns the verb and resource that the gateway's ceiling lacks. A subresource counts as its resource. */
function actionRefusal(verb: string, resource: string, group: string): ImpersonationRefusal {
  const kindName = `${resource.split('/')[0]}.${group}`
  return { kind: 'action', verb: verb.split(':').at(-1) ?? '', ...(KIND.test(kindName) ? { kindName } : {}) }
}

export function readImpersonationRefusal(status: number, text: string): ImpersonationRefusal | undefined {
  if (status !== 403 || !text.includes('cannot impersonate')) return undefined
  const said = describeOperation(text)
  const words = said === undefined ? null : WORDS.exec(said.message)
  if (said === undefined || words === null) return undefined
  const [, verb = '', resource = '', group = ''] = words
  return verb.startsWith('impersonate-on:') ? actionRefusal(verb, resource, group) : { kind: 'identity', resource, name: said.name }
}

/** A 500: the policies allow the request, but the installation does not let the gateway impersonate the agent. */
export class CannotImpersonate extends StatusError {
  readonly refusal: ImpersonationRefusal
  /** The policies that an admin must fix. */
  readonly policies: readonly string[]
  constructor(message: string, refusal: ImpersonationRefusal, causes: readonly StatusCause[]) {
    super('InternalError', message, { details: { causes } })
    this.name = 'CannotImpersonate'
    this.refusal = refusal
    this.policies = causes.flatMap(({ field, message: name }) => (field === 'policy' ? [name] : []))
  }
}

/** Names of the policies whose groups a request uses. */
export function policiesActedWith({ policies, permit }: Pick<Permitted, 'policies' | 'permit'>): readonly string[] {
  const names = policies.map(({ metadata }) => metadata.name)
  return [...new Set(permit.grant === undefined ? names : [...names, permit.grant.policy])]
}

/** Returns the policy that a group belongs to; undefined for any other group. */
const policyOf = (group: string): string | undefined => /^jit\.access:(?:baseline|elevated):(.+)$/.exec(group)?.[1]

/** Returns the command that allows all verbs of a kind. Without a known kind, the rule for the one verb. */
function impersonationFixOf({ verb, kindName }: Extract<ImpersonationRefusal, { kind: 'action' }>, [policy = 'POLICY']: readonly string[]): string {
  if (kindName === undefined) return `add "impersonate-on:user-info:${verb}" on this resource to the ServiceAccount jit-impersonator`
  return `let agents of policy "${policy}" read this kind, and write it under a grant:\n  kubectl certify policy-rbac ${policy} --resource=${kindName} | kubectl apply -f -`
}

/** Builds the error for the agent: the request is not at fault, which policy an admin must fix, and which command shows the fix. */
export function cannotImpersonate(refusal: ImpersonationRefusal, policies: readonly string[]): CannotImpersonate {
  if (refusal.kind === 'action')
    return new CannotImpersonate(
      'the policies allow this, but this installation does not let the gateway do it on behalf of any agent, and no grant changes that: an ' +
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
    `policy "${broken.join('", "')}" cannot work: the gateway may not impersonate ${what}. This is an error of the installation, and ` +
      `no policy denied your request. An admin can fix it with the command that this shows: kubectl describe accesspolicy ${first}`,
    refusal,
    broken.map((policy) => ({ reason: 'ImpersonationForbidden', message: policy, field: 'policy' })),
  )
}
