/**
 * Detects writes whose response depends on the value of a hidden field, although they do not know it: a JSON Patch that tests a hidden
 * place or copies it to a visible one, a dry run that sets it (generation and managedFields reveal whether that changes anything), a merge
 * into a list by hidden items or keys (the list grows or does not), and bodies that cannot be read. What remains is a write that overwrites
 * the value with a guess.
 */
import { JSON_PATCH, mediaType } from '../../media-type.ts'
import { goalsOf, hides, into, readPointer, touches, type Goals, type Path } from './hidden-paths.ts'
import { setsHidden } from './other-values.ts'

export type HiddenWrite = {
  /** Kubernetes verb of the request. */
  readonly verb: string
  readonly apiGroup: string
  readonly contentType: string | undefined
  /** The result of readWritten. */
  readonly tree: unknown
  readonly dryRun: boolean
  /** Paths of the fields that are hidden on the route. */
  readonly fields: readonly string[]
}

/** Keys by which lists of built-in kinds are merged: patchMergeKey and listMapKey of k8s.io/api (v1.37). */
const MERGE_KEYS: ReadonlySet<string> = new Set([
  'clusterName',
  'conditionType',
  'containerPort',
  'devicePath',
  'hostPort',
  'ip',
  'key',
  'mountPath',
  'name',
  'podCIDR',
  'port',
  'protocol',
  'resourceName',
  'topologyKey',
  'type',
  'uid',
  'whenUnsatisfiable',
  'workload',
])
const LIST_DIRECTIVE = /^\$(?:deleteFromPrimitiveList|setElementOrder)\/(.*)$/

/** Returns why the write is refused, or undefined if nothing in it reads a hidden field. */
export function refuseHiddenWrite(write: HiddenWrite): string | undefined {
  const { verb, fields, tree, contentType } = write
  if (fields.length === 0 || (verb !== 'update' && verb !== 'patch')) return undefined
  const goals = goalsOf(fields)
  if (tree === undefined) return 'a policy hides fields of this object, so a write to it must be JSON that can be read in one way'
  const type = mediaType(contentType)
  const why = type === JSON_PATCH ? refuseOperations(tree, goals) : mergesLists(type) ? refuseLists(write, goals) : undefined
  if (why !== undefined) return why
  if (write.dryRun && writesHidden(tree, goals, type === JSON_PATCH))
    return 'a dry run that sets a field that a policy hides would tell whether it has that value: leave the field out, or write without a dry run'
  return undefined
}

const mergesLists = (type: string): boolean => type.startsWith('application/apply-patch') || type === 'application/strategic-merge-patch+json'

function refuseOperations(tree: unknown, goals: Goals): string | undefined {
  if (!Array.isArray(tree)) return UNREAD
  return (tree as unknown[]).map((operation) => refuseOperation(operation, goals)).find((why) => why !== undefined)
}

/** The member of a JSON Patch operation that names the place it reads; `nothing` if it reads none. */
const READS = new Map<unknown, 'path' | 'from' | 'nothing'>([
  ['add', 'nothing'],
  ['replace', 'nothing'],
  ['remove', 'nothing'],
  ['test', 'path'],
  ['move', 'from'],
  ['copy', 'from'],
])

const UNREAD = 'this JSON Patch cannot be read, and a policy hides fields of the object'

const stepsOf = (pointer: unknown): Path | undefined => (typeof pointer === 'string' ? readPointer(pointer) : undefined)

function refuseOperation(operation: unknown, goals: Goals): string | undefined {
  const read = typeof operation === 'object' && operation !== null ? (operation as Record<string, unknown>) : {}
  const { op } = read
  const where = READS.get(op)
  // If upstream wrote to a place that is not visible here, a field that cannot change would confirm a guess.
  if (where === undefined || stepsOf(read['path']) === undefined) return UNREAD
  if (where === 'nothing') return undefined
  const steps = stepsOf(read[where])
  if (steps !== undefined && !touches(steps, goals)) return undefined
  return `a JSON Patch "${String(op)}" may not read a field that a policy hides, or what holds one: leave it out, or name another field`
}

function writesHidden(tree: unknown, goals: Goals, isJsonPatch: boolean): boolean {
  if (!isJsonPatch) return setsHidden(tree, goals)
  return (tree as unknown[]).some((operation) => {
    const { path, value } = operation as Record<string, unknown>
    const steps = stepsOf(path)
    if (steps === undefined) return true
    return setsHidden(value, goals, { goals: steps.reduce<Goals>((left, step) => into(left, step, 'either'), goals), path: steps })
  })
}

const LISTS =
  'a list whose items or keys a policy hides cannot be merged into, since its length would tell what is in it: replace the whole list with a JSON merge patch (kubectl patch --type=merge)'

function refuseLists({ tree, apiGroup }: HiddenWrite, goals: Goals): string | undefined {
  const isKey = (field: string): boolean => MERGE_KEYS.has(field) || (apiGroup.includes('.') && !apiGroup.endsWith('.k8s.io'))
  const open: { readonly node: unknown; readonly goals: Goals }[] = [{ node: tree, goals }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node } = next
    if (typeof node !== 'object' || node === null) continue
    if (Array.isArray(node)) {
      const items = into(next.goals, '', 'element')
      for (const item of node as unknown[]) {
        if (mergedByHidden(item, items, isKey)) return LISTS
        open.push({ node: item, goals: items })
      }
    } else
      for (const [field, value] of Object.entries(node))
        open.push({ node: value, goals: into(next.goals, LIST_DIRECTIVE.exec(field)?.[1] ?? field, 'field') })
  }
  return undefined
}

function mergedByHidden(item: unknown, goals: Goals, isKey: (field: string) => boolean): boolean {
  if (typeof item !== 'object' || item === null) return hides(goals)
  return Object.keys(item).some((field) => isKey(field) && hides(into(goals, field, 'field')))
}
