import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import type { Informer } from '../../kube/informer.ts'

/** Policies hold a few hundred conditions at the most. */
const MAX_KEPT = 1024

/** Conditions that have used up the steps of a request, by their text. */
export type ExpensiveConditions = {
  has(condition: string): boolean
  /** Takes one in, and has the policies looked at that hold it and do not say so yet. Cheap to call as often as somebody likes. */
  told(condition: string): void
}

const isSaid = ({ metadata, status }: AccessPolicy): boolean => {
  const said = conditionOf(status?.conditions, 'Affordable')
  return said?.status === 'False' && said.observedGeneration === metadata.generation
}

/** @param look at a policy soon; it is bounded by who looks */
export function createExpensiveConditions(policies: Pick<Informer<AccessPolicy>, 'list'>, look: (policy: string) => void): ExpensiveConditions {
  const known = new Set<string>()
  return {
    has: (condition) => known.has(condition),
    told: (condition) => {
      if (known.size >= MAX_KEPT && !known.has(condition)) known.clear()
      known.add(condition)
      for (const policy of policies.list())
        if (!isSaid(policy) && policy.spec.rules?.some(({ match }) => match?.condition === condition) === true) look(policy.metadata.name)
    },
  }
}
