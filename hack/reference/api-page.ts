import { kindsOf } from '../../apiserver/kinds.ts'
import type { Kind } from '../../apiserver/machinery/kind.ts'
import { selectableFields } from '../../apiserver/machinery/read/selectors.ts'
import { absentStore } from '../../apiserver/storage/absent-store.ts'
import { API_VERSION } from '../../domain/api/names.ts'
import { fieldsOf } from './schema-fields.ts'
import { fieldTable, NOTE, table } from './markdown.ts'

type Documented = Pick<Kind, 'kind' | 'resource' | 'shortNames' | 'description' | 'spec' | 'status' | 'verbs' | 'subresources' | 'fields' | 'columns'>

/** Builds the resources only to read their schemas; nothing is stored, decided or requested. */
function documented(): readonly Documented[] {
  const nobody = { allowed: () => Promise.resolve(false) }
  const { kinds, virtual } = kindsOf({ store: absentStore, clock: { nowMs: () => 0 }, authorizer: nobody })
  return [...kinds, ...virtual.map(({ kind }) => kind)]
}

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

function kindSection(kind: Documented): string {
  const facts: readonly (readonly [string, string])[] = [
    ['resource', `\`${kind.resource}\``],
    ['short names', kind.shortNames.length === 0 ? 'none' : list(kind.shortNames)],
    ['scope', 'cluster'],
    ['verbs', list(kind.verbs)],
    ...kind.subresources.map(({ name, verbs }) => [`subresource \`${name}\``, list(verbs)] as const),
    ['field selectors', list([...selectableFields(kind).keys()])],
  ]
  const spec = fieldsOf(kind.spec, 'spec')
  const status = kind.status === undefined ? [] : fieldsOf(kind.status, 'status')
  return [
    `## ${kind.kind}`,
    kind.description,
    table(['', ''], facts),
    ...(spec.length === 0 ? [] : [`### ${kind.kind}: spec`, fieldTable(spec)]),
    ...(status.length === 0 ? [] : [`### ${kind.kind}: status`, fieldTable(status)]),
  ].join('\n\n')
}

/** docs/reference/api.md: every kind of the API with every field. */
export function apiPage(): string {
  const kinds = documented()
  return [
    '# API reference',
    NOTE,
    `The kinds of \`${API_VERSION}\`. All are cluster-scoped. \`kubectl explain accesspolicy.spec --recursive\` prints the same.`,
    kinds.map(({ kind }) => `- [${kind}](#${kind.toLowerCase()})`).join('\n'),
    ...kinds.map(kindSection),
  ].join('\n\n')
}
