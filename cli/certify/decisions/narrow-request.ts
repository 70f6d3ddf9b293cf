import type { AccessRequestSpec, Narrowed } from '../../../domain/api/access-request.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { formatDuration } from '../../../domain/format/duration.ts'
import { parseDuration } from '../../terminal/duration.ts'
import { usage } from '../../terminal/exit-code.ts'
import { allOf, countOf, lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'

/** What to keep of the rules; an empty list keeps everything. Resources are written `RESOURCE[.GROUP][/SUBRESOURCE]`. */
type Keep = {
  readonly verbs: readonly string[]
  readonly resources: readonly string[]
  readonly namespaces: readonly string[]
  readonly names: readonly string[]
}

type Cut = { readonly kept: readonly string[] | undefined; readonly used: readonly string[] }

/** Narrows `asked` to `wanted`. With `all`, the request covers everything, so any wanted value narrows it. */
function cut(asked: readonly string[] | undefined, wanted: readonly string[], all: boolean): Cut {
  if (wanted.length === 0) return { kept: asked, used: [] }
  if (all) return { kept: wanted, used: wanted }
  const kept = wanted.filter((word) => asked?.includes(word) === true)
  return { kept, used: kept }
}

type Split = { readonly group: string | undefined; readonly resource: string }

/** Splits `deployments.apps/scale` into group and RBAC resource. Without a group, any group matches. */
function splitResource(word: string): Split {
  const [plain = '', subresource] = word.split('/', 2)
  const dot = plain.indexOf('.')
  const name = dot < 0 ? plain : plain.slice(0, dot)
  return { group: dot < 0 ? undefined : plain.slice(dot + 1), resource: subresource === undefined ? name : `${name}/${subresource}` }
}

type ResourceCut = { readonly groups: readonly string[] | undefined; readonly resources: readonly string[]; readonly used: readonly string[] }

function cutResources(rule: AccessRule, wanted: readonly string[]): ResourceCut {
  if (wanted.length === 0) return { groups: rule.apiGroups, resources: rule.resources, used: [] }
  const groups = rule.apiGroups ?? ['']
  const fitting = wanted
    .map((word) => ({ word, ...splitResource(word) }))
    .filter(({ group, resource }) => rule.resources.includes(resource) && (group === undefined || groups.includes(group)))
  const named = fitting.map(({ group }) => group)
  return {
    groups: named.includes(undefined) ? rule.apiGroups : groups.filter((group) => named.includes(group)),
    resources: [...new Set(fitting.map(({ resource }) => resource))],
    used: fitting.map(({ word }) => word),
  }
}

type RuleCut = { readonly rule: AccessRule; readonly used: Keep }

/** Narrows one rule. Undefined when nothing of it is left. */
function narrowRule(rule: AccessRule, keep: Keep): RuleCut | undefined {
  const verbs = cut(rule.verbs, keep.verbs, rule.verbs.includes('*'))
  const { groups, resources, used } = cutResources(rule, keep.resources)
  const namespaces = cut(rule.namespaces, keep.namespaces, false)
  const names = cut(rule.resourceNames, keep.names, rule.resourceNames === undefined)
  if ([verbs.kept, resources, namespaces.kept, names.kept].some((kept) => kept?.length === 0)) return undefined
  return {
    rule: {
      verbs: verbs.kept ?? [],
      ...(groups === undefined ? {} : { apiGroups: groups }),
      resources,
      ...(namespaces.kept === undefined ? {} : { namespaces: namespaces.kept }),
      ...(names.kept === undefined ? {} : { resourceNames: names.kept }),
      ...(rule.gains === undefined ? {} : { gains: rule.gains }),
    },
    used: { verbs: verbs.used, resources: used, namespaces: namespaces.used, names: names.used },
  }
}

const FLAGS = { verbs: 'verb', resources: 'resource', namespaces: 'namespace', names: 'name' } as const

const LESS = 'an approval can give less, never more'
const NONE: Keep = { verbs: [], resources: [], namespaces: [], names: [] }

function narrowRules(rules: readonly AccessRule[], keep: Keep): readonly AccessRule[] {
  const cuts = rules.map((rule) => narrowRule(rule, keep)).filter((narrowed) => narrowed !== undefined)
  for (const [field, flag] of Object.entries(FLAGS) as readonly (readonly [keyof Keep, string])[]) {
    for (const word of keep[field]) {
      if (!rules.some((rule) => narrowRule(rule, { ...NONE, [field]: [word] }) !== undefined))
        throw usage(`--${flag}=${word} is not part of the request`, `${LESS}; see: kubectl certify show NAME`)
      if (!cuts.some(({ used }) => used[field].includes(word)))
        throw usage(`--${flag}=${word}, together with the other flags, leaves nothing of the request`, `${LESS}; see: kubectl certify show NAME`)
    }
  }
  return cuts.map(({ rule }) => rule)
}

function shorter(text: string | undefined, asked: number | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = parseDuration('--duration', text)
  if (asked !== undefined && seconds > asked) throw usage(`--duration=${text} is longer than the ${formatDuration(asked)} that can be approved`, LESS)
  return seconds
}

function fewer(uses: number | undefined, asked: number | undefined): number | undefined {
  if (uses !== undefined && asked !== undefined && uses > asked) throw usage(`--uses=${uses} is more than the ${asked} that can be approved`, LESS)
  return uses
}

const OF_GRANT = 'the request extends a grant, whose rules and uses stay'
const LESS_TIME = 'approve less time with --duration, or deny it'

/** @throws CommandError for a request whose rules cannot be cut down */
function checkCuttable({ extends: grant, operation, rules = [] }: AccessRequestSpec): void {
  if (grant !== undefined) throw usage(OF_GRANT, LESS_TIME)
  if (operation !== undefined) throw usage('the request is for one operation, which cannot be cut down', 'approve it as it is, or deny it')
  if (rules.length === 0) throw usage('the request has no rules to cut down')
}

function limitsOf(flags: ParsedFlags, spec: AccessRequestSpec): Narrowed {
  const durationSeconds = shorter(lastOf(flags, 'duration'), spec.durationSeconds)
  const maxUses = fewer(countOf(flags, 'uses'), spec.maxUses)
  if (maxUses !== undefined && spec.extends !== undefined) throw usage(OF_GRANT, LESS_TIME)
  return { ...(durationSeconds === undefined ? {} : { durationSeconds }), ...(maxUses === undefined ? {} : { maxUses }) }
}

/**
 * The narrowed part that the flags of an approval define; undefined when they narrow nothing. A flag never widens a request: its values must
 * be covered by the request. Reveals are not narrowed.
 * @throws CommandError when a flag names something that was not requested
 */
export function narrowedOf(flags: ParsedFlags, spec: AccessRequestSpec): Narrowed | undefined {
  const keep: Keep = {
    verbs: allOf(flags, 'verb'),
    resources: allOf(flags, 'resource'),
    namespaces: allOf(flags, 'namespace'),
    names: allOf(flags, 'name'),
  }
  const cuts = Object.values(keep).some((words) => words.length > 0)
  if (cuts) checkCuttable(spec)
  const narrowed = { ...limitsOf(flags, spec), ...(cuts ? { rules: narrowRules(spec.rules ?? [], keep) } : {}) }
  return Object.keys(narrowed).length === 0 ? undefined : narrowed
}
