import { LRUCache } from 'lru-cache'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import type { Informer } from '../../kube/informer.ts'

/** Policies hold at most a few hundred conditions. */
const MAX_KEPT = 1024

/** Conditions that have exhausted the evaluation steps of a request, by their text. */
export type ExpensiveConditions = {
  has(condition: string): boolean
  /** Adds a condition, and triggers a check of policies that hold it and do not report it yet. Cheap to call often. */
  told(condition: string): void
}

const isSaid = ({ metadata, status }: AccessPolicy): boolean => {
  const said = conditionOf(status?.conditions, 'Affordable')
  return said?.status === 'False' && said.observedGeneration === metadata.generation
}

/** @param look checks a policy soon. It limits its own rate. */
export function createExpensiveConditions(policies: Pick<Informer<AccessPolicy>, 'list'>, look: (policy: string) => void): ExpensiveConditions {
  const known = new LRUCache<string, true>({ max: MAX_KEPT })
  return {
    has: (condition) => known.has(condition),
    told: (condition) => {
      known.set(condition, true)
      for (const policy of policies.list())
        if (!isSaid(policy) && policy.spec.rules?.some(({ match }) => match?.condition === condition) === true) look(policy.metadata.name)
    },
  }
}
