import { expiryOf, isLiveOrUpcoming, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { fieldSelectorOf } from '../../../domain/selectors/field-selector.ts'
import { pagesOf } from '../../kubectl/list-pages.ts'
import { grantsPath } from '../../kubectl/paths.ts'
import type { IO } from '../../terminal/io.ts'

export type GrantQuery = {
  readonly requester: string | undefined
  readonly policy: string | undefined
  /** Whether ended grants are kept as well, as long as the server retains them. */
  readonly all: boolean
}

/** Most grants that are kept in memory. */
const MAX = 2000

/** Grants that the caller can see, those that end first at the top. `left`: how many are left out. @throws KubectlError */
export async function readGrants(
  io: IO,
  { requester, policy, all }: GrantQuery,
): Promise<{ readonly items: readonly AccessGrant[]; readonly left: number }> {
  const items: AccessGrant[] = []
  let left = 0
  const nowMs = io.clock.nowMs()
  const fieldSelector = fieldSelectorOf({ 'spec.subject.username': requester, 'spec.policy': policy })
  for await (const page of pagesOf<AccessGrant>(io.kubectl, grantsPath, { limit: 200, fieldSelector })) {
    const kept = page.items.filter((grant) => all || isLiveOrUpcoming(grant, nowMs))
    left += Math.max(0, items.length + kept.length - MAX)
    items.push(...kept.slice(0, MAX - items.length))
  }
  return { items: items.toSorted((one, other) => expiryOf(one).localeCompare(expiryOf(other))), left }
}
