import type { AccessRule } from '../../domain/api/rules.ts'
import { usage } from '../terminal/exit-code.ts'
import { allOf, type GivenFlag, type ParsedFlags } from '../terminal/parse-flags.ts'
import type { Resources } from './resources.ts'

/** One rule as it was typed. */
export type TypedRule = {
  readonly verbs: readonly string[]
  readonly resources: readonly string[]
  readonly names: readonly string[]
  readonly gains: readonly string[]
}
type Open = { verbs: string[]; resources: string[]; names: string[]; gains: string[]; last: 'verb' | 'resource' | undefined }

const open = (): Open => ({ verbs: [], resources: [], names: [], gains: [], last: undefined })
const split = (value: string): readonly string[] => value.split(',').filter((word) => word !== '')

/** A rule ends where the other of its two flags was typed since: `--verb=get --resource=pods --verb=patch …` begins a second. */
const begins = (rule: Open, kind: 'verb' | 'resource'): boolean =>
  rule.last !== undefined && rule.last !== kind && (kind === 'verb' ? rule.verbs : rule.resources).length > 0

function take(rules: Open[], { name, value }: GivenFlag): void {
  const kind = name === 'verb' || name === 'resource' ? name : undefined
  let rule = rules.at(-1) ?? open()
  if (rules.length === 0 || (kind !== undefined && begins(rule, kind))) rules.push((rule = open()))
  // A gain may hold a comma, so each has a flag of its own.
  if (name === 'gain') rule.gains.push(value)
  else if (kind === undefined) rule.names.push(...split(value))
  else {
    rule[kind === 'verb' ? 'verbs' : 'resources'].push(...split(value))
    rule.last = kind
  }
}

/** The rules that `--verb`, `--resource`, `--name` and `--gain` spell, in the order typed. @throws CommandError for half a rule */
export function typedRules({ given }: ParsedFlags): readonly TypedRule[] {
  const rules: Open[] = []
  for (const flag of given.filter(({ name }) => ['verb', 'resource', 'name', 'gain'].includes(name))) take(rules, flag)
  for (const [index, { verbs, resources }] of rules.entries()) {
    if (verbs.length === 0) throw usage(`rule ${index + 1} has no --verb`, 'for example: --verb=patch --resource=deployments --name=web')
    if (resources.length === 0)
      throw usage(`rule ${index + 1} has no --resource`, 'a --verb after a --resource begins a new rule; give it a --resource too')
  }
  const named = rules.filter(({ names }) => names.length > 0).length
  if (named > 0 && named < rules.length)
    throw usage('some rules have a --name and some have none', "give each rule its --name; --name='*' asks for every name")
  return rules.map(({ names, ...rule }) => ({ ...rule, names: names.includes('*') ? [] : names }))
}

export type Scope = { readonly flags: ParsedFlags; readonly resources: Resources; readonly defaultNamespace: () => Promise<string> }

/** Verbs whose requests never carry a name: a rule with names would cover none. A list or watch may, by its field selector. */
const NAMELESS: ReadonlySet<string> = new Set(['create', 'deletecollection'])

/** What a refused `kubectl get -A` did; the line in its refusal names no namespace either. */
const acrossNamespaces = ({ verbs, names }: TypedRule): boolean => names.length === 0 && verbs.every((verb) => verb === 'list' || verb === 'watch')

/** Undefined: no namespace, as for a list over all of them. */
async function namespacesOf(typed: TypedRule, scope: Scope): Promise<readonly string[] | undefined> {
  const asked = allOf(scope.flags, 'namespace')
  if (asked.includes('*')) throw usage('--namespace=* is not accepted', 'name the namespaces: --namespace=shop,billing')
  if (asked.length > 0) return asked
  return acrossNamespaces(typed) ? undefined : [await scope.defaultNamespace()]
}

function checkNames(typed: TypedRule, resource: string): void {
  const nameless = typed.verbs.find((verb) => NAMELESS.has(verb))
  if (typed.names.length === 0 || nameless === undefined) return
  throw usage(`--verb=${nameless} takes no --name: it addresses all of ${resource}`, `leave out --name, or ask for ${nameless} in a rule of its own`)
}

/** One AccessRule a resource, since RBAC's cross product would ask for more than was typed. */
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
