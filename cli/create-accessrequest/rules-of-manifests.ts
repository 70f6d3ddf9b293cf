import { parseAllDocuments } from 'yaml'
import type { AccessRule } from '../../domain/api/rules.ts'
import { usage } from '../terminal/exit-code.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import type { Resources } from './resources.ts'

type Manifest = {
  readonly apiVersion?: unknown
  readonly kind?: unknown
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown }
  readonly items?: unknown
}

/** An object that a manifest names. */
export type ManifestObject = { readonly kind: string; readonly group: string; readonly namespace: string; readonly name: string }

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

function targetsOf(manifest: unknown, file: string): readonly ManifestObject[] {
  if (manifest === null || manifest === undefined) return []
  const { apiVersion, kind, metadata, items } = (typeof manifest === 'object' ? manifest : {}) as Manifest
  if (text(kind) === '' || text(apiVersion) === '')
    throw usage(`${file} contains something that is not a Kubernetes object`, 'every object needs apiVersion and kind')
  if (Array.isArray(items) && text(kind).endsWith('List')) return items.flatMap((item) => targetsOf(item, file))
  return [{ kind: text(kind), group: groupOf(text(apiVersion)), namespace: text(metadata?.namespace), name: text(metadata?.name) }]
}

/** The objects in a file of YAML or JSON documents. @throws CommandError that names the file but never quotes it: it may contain a Secret */
export function readTargets(content: string, file: string): readonly ManifestObject[] {
  const documents = parseAllDocuments(content)
  if ('empty' in documents) return []
  return documents.flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw usage(`${file} is not valid YAML: ${error.code} at line ${error.linePos?.[0].line ?? '?'}`)
    return targetsOf(document.toJS({ maxAliasCount: 100 }), file)
  })
}

const keyOf = ({ kind, group, namespace, name }: ManifestObject): string => JSON.stringify([kind, group, namespace, name])

export type ManifestScope = {
  readonly kubectl: Kubectl
  readonly resources: Resources
  readonly defaultNamespace: () => Promise<string>
  /** Empty: create missing objects and patch existing ones, as kubectl apply does. */
  readonly verbs: readonly string[]
}

/** Which of the objects exist, by one kubectl call. Undefined when unknown, for example because the requester may not read them. */
async function existing(scope: ManifestScope, content: string): Promise<ReadonlySet<string> | undefined> {
  try {
    const answer = await scope.kubectl.text(['get', '-f', '-', '--ignore-not-found', '-o', 'json'], { input: content })
    if (answer.trim() === '') return new Set()
    return new Set(targetsOf(JSON.parse(answer), 'the answer of kubectl').map(keyOf))
  } catch {
    return undefined
  }
}

function verbsFor(scope: ManifestScope, known: ReadonlySet<string> | undefined, target: ManifestObject): readonly string[] {
  if (scope.verbs.length > 0) return scope.verbs
  if (known === undefined || target.name === '') return ['create', 'patch']
  return known.has(keyOf(target)) ? ['patch'] : ['create']
}

/** What applying one object needs, one rule per verb. `create` rules have no names: create requests carry none in their path. */
async function rulesOfTarget(scope: ManifestScope, known: ReadonlySet<string> | undefined, target: ManifestObject): Promise<readonly AccessRule[]> {
  const found = await scope.resources.byKind(target.kind, target.group)
  const namespace = found.namespaced ? target.namespace || (await scope.defaultNamespace()) : ''
  return verbsFor(scope, known, { ...target, namespace }).map((verb) => ({
    verbs: [verb],
    apiGroups: [found.group],
    resources: [found.resource],
    ...(namespace === '' ? {} : { namespaces: [namespace] }),
    ...(verb === 'create' || target.name === '' ? {} : { resourceNames: [target.name] }),
  }))
}

/** Merges rules that differ only in their names. */
function merged(rules: readonly AccessRule[]): readonly AccessRule[] {
  const groups = new Map<string, AccessRule>()
  for (const rule of rules) {
    const { resourceNames, ...rest } = rule
    const key = JSON.stringify([rest, resourceNames === undefined])
    const names = new Set([...(groups.get(key)?.resourceNames ?? []), ...(resourceNames ?? [])])
    groups.set(key, names.size === 0 ? rule : { ...rest, resourceNames: [...names] })
  }
  return [...groups.values()]
}

/** What applying a file needs: create missing objects, patch existing ones. @throws CommandError for a file without objects */
export async function rulesOfManifest(scope: ManifestScope, file: string, content: string): Promise<readonly AccessRule[]> {
  const targets = readTargets(content, file)
  if (targets.length === 0) throw usage(`${file} does not contain an object`)
  const known = scope.verbs.length > 0 ? undefined : await existing(scope, content)
  const rules: AccessRule[] = []
  for (const target of targets) rules.push(...(await rulesOfTarget(scope, known, target)))
  return merged(rules)
}
