import type { AccessRule } from '../../domain/api/rules.ts'
import { usage } from '../terminal/exit-code.ts'
import { allOf, wordsOf, type GivenFlag, type ParsedFlags } from '../terminal/parse-flags.ts'
import type { Resources } from './resources.ts'

/** One rule as typed on the command line. */
export type TypedRule = {
  readonly verbs: readonly string[]
  readonly resources: readonly string[]
  readonly names: readonly string[]
  readonly gains: readonly string[]
}
type Open = { verbs: string[]; resources: string[]; names: string[]; gains: string[]; last: 'verb' | 'resource' | undefined }

const open = (): Open => ({ verbs: [], resources: [], names: [], gains: [], last: undefined })

/** A repeated flag starts a new rule if the other flag was given in between: `--verb=get --resource=pods --verb=patch …` is two rules. */
const begins = (rule: Open, kind: 'verb' | 'resource'): boolean =>
  rule.last !== undefined && rule.last !== kind && (kind === 'verb' ? rule.verbs : rule.resources).length > 0

function take(rules: Open[], flag: GivenFlag): void {
  const { name, value } = flag
  const kind = name === 'verb' || name === 'resource' ? name : undefined
  let rule = rules.at(-1) ?? open()
  if (rules.length === 0 || (kind !== undefined && begins(rule, kind))) rules.push((rule = open()))
  // A gain may contain a comma, so it is not split into a list.
  if (name === 'gain') rule.gains.push(value)
  else if (kind === undefined) rule.names.push(...wordsOf(flag))
  else {
    rule[kind === 'verb' ? 'verbs' : 'resources'].push(...wordsOf(flag))
    rule.last = kind
  }
}

/** The rules from `--verb`, `--resource`, `--name` and `--gain`, in the order typed. @throws CommandError for an incomplete rule */
export function typedRules({ given }: ParsedFlags): readonly TypedRule[] {
  const rules: Open[] = []
  for (const flag of given.filter(({ name }) => ['verb', 'resource', 'name', 'gain'].includes(name))) take(rules, flag)
  for (const [index, { verbs, resources }] of rules.entries()) {
    if (verbs.length === 0) throw usage(`rule ${index + 1} has no --verb`, 'for example: --verb=patch --resource=deployments --name=web')
    if (resources.length === 0)
      throw usage(`rule ${index + 1} has no --resource`, 'a --verb after a --resource starts a new rule; give it a --resource too')
  }
  const named = rules.filter(({ names }) => names.length > 0).length
  if (named > 0 && named < rules.length)
    throw usage('some rules have a --name and some do not', "give each rule a --name; --name='*' requests every name")
  return rules.map(({ names, ...rule }) => ({ ...rule, names: names.includes('*') ? [] : names }))
}

export type Scope = { readonly flags: ParsedFlags; readonly resources: Resources; readonly defaultNamespace: () => Promise<string> }

/** Verbs whose requests never carry a name, so a rule with names would cover none of them. A list or watch may name one by its field selector. */
const NAMELESS: ReadonlySet<string> = new Set(['create', 'deletecollection'])

/** Whether a rule without a namespace covers all of them, as `kubectl get -A` needs; the command in its refusal has no namespace either. */
const acrossNamespaces = ({ verbs, names }: TypedRule): boolean => names.length === 0 && verbs.every((verb) => verb === 'list' || verb === 'watch')

/** Undefined: no namespace, as for a list across all namespaces. */
async function namespacesOf(typed: TypedRule, scope: Scope): Promise<readonly string[] | undefined> {
  const asked = allOf(scope.flags, 'namespace')
  if (asked.includes('*')) throw usage('--namespace=* is not accepted', 'name the namespaces: --namespace=shop,billing')
  if (asked.length > 0) return asked
  return acrossNamespaces(typed) ? undefined : [await scope.defaultNamespace()]
}

function checkNames(typed: TypedRule, resource: string): void {
  const nameless = typed.verbs.find((verb) => NAMELESS.has(verb))
  if (typed.names.length === 0 || nameless === undefined) return
  throw usage(
    `--verb=${nameless} cannot be combined with --name: it applies to all ${resource}`,
    `remove --name, or request ${nameless} in a separate rule`,
  )
}

/** One AccessRule per resource: the cross product of groups and resources in one rule would cover more than was typed. */
async function ruleOf(typed: TypedRule, word: string, scope: Scope): Promise<AccessRule> {
  const [name = '', ...below] = word.split('/')
  const found = await scope.resources.byName(name)
  if (below.length === 0) checkNames(typed, found.resource)
  const namespaces = found.namespaced ? await namespacesOf(typed, scope) : undefined
  return {
    verbs: [...typed.verbs],
    apiGroups: [found.group],
    resources: [[found.resource, ...below].join('/')],
    ...(namespaces === undefined ? {} : { namespaces: [...namespaces] }),
    ...(typed.names.length === 0 ? {} : { resourceNames: [...typed.names] }),
    ...(typed.gains.length === 0 ? {} : { gains: [...typed.gains] }),
  }
}

export async function rulesOfFlags(scope: Scope): Promise<readonly AccessRule[]> {
  const rules: AccessRule[] = []
  for (const typed of typedRules(scope.flags)) for (const word of typed.resources) rules.push(await ruleOf(typed, word, scope))
  return rules
}
