import { formatUnreadable, type ImpactReader, type Reading } from './impact-reader.ts'
import { selects, type Labels, type Selector } from './selector-text.ts'

type List<T> = { readonly metadata?: { readonly continue?: string }; readonly items?: readonly T[] }
type Budget = {
  readonly metadata: { readonly name: string }
  readonly spec?: { readonly selector?: Selector }
  readonly status?: { readonly disruptionsAllowed?: number }
}
type Service = { readonly metadata: { readonly name: string }; readonly spec?: { readonly selector?: Labels | null } }

const MAX_SHOWN = 8

/** Names with how many are left out. */
export const named = (names: readonly string[]): string =>
  names.length <= MAX_SHOWN ? names.join(', ') : `${names.slice(0, MAX_SHOWN).join(', ')} and ${names.length - MAX_SHOWN} more`

/** Objects of one list that are read. A person waits for the answer. */
const PAGE = 500

/** The lines about one list. A list that continues says so: what it does not show may exist. */
function part<T>(what: string, reading: Reading<List<T>>, of: (items: readonly T[], isWhole: boolean) => readonly string[]): readonly string[] {
  if (reading.is !== 'there') return [`${what} ${formatUnreadable(reading)}`]
  const { metadata, items = [] } = reading.value
  const isWhole = (metadata?.continue ?? '') === ''
  return [...of(items, isWhole), ...(isWhole ? [] : [`only the first ${items.length} ${what} were read`])]
}

function budgetLines(budgets: readonly Budget[], labels: Labels): readonly string[] {
  const selecting = budgets.filter(({ spec }) => selects(spec?.selector ?? {}, labels) !== false)
  return selecting.map(({ metadata, status }) => `PodDisruptionBudget ${metadata.name}: ${status?.disruptionsAllowed ?? '?'} disruptions allowed now`)
}

function serviceLines(services: readonly Service[], labels: Labels, isWhole: boolean): readonly string[] {
  const routing = services.filter(({ spec }) => {
    const terms = Object.entries(spec?.selector ?? {})
    return terms.length > 0 && terms.every(([key, value]) => labels[key] === value)
  })
  if (routing.length === 0) return isWhole ? ['no Service routes to it'] : []
  return [`Services that route to it: ${named(routing.map(({ metadata }) => metadata.name))}`]
}

/** PodDisruptionBudgets and Services of pods with these labels. */
export async function aroundPods(reader: ImpactReader, namespace: string, labels: Labels): Promise<readonly string[]> {
  const below = `namespaces/${encodeURIComponent(namespace)}`
  const [budgets, services] = await Promise.all([
    reader.read<List<Budget>>(`/apis/policy/v1/${below}/poddisruptionbudgets?limit=${PAGE}`),
    reader.read<List<Service>>(`/api/v1/${below}/services?limit=${PAGE}`),
  ])
  return [
    ...part('PodDisruptionBudgets', budgets, (items) => budgetLines(items, labels)),
    ...part('Services', services, (items, isWhole) => serviceLines(items, labels, isWhole)),
  ]
}
