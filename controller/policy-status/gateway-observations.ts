import { LRUCache } from 'lru-cache'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { MAX_OBSERVED, observationKey, parseObservations } from '../../domain/policy/status/gateway-observations.ts'
import type { Informer } from '../../kube/informer.ts'

const EVERY_MS = 1_000

/** What the gateway has observed. Kept while the gateway cannot be read, since a condition does not become cheaper. */
export type FollowedObservations = {
  start(): void
  stop(): void
  /** Whether a condition has used up the steps of a request at the gateway. */
  isExpensive(condition: string): boolean
}

export type FollowOptions = {
  /** Reads the observations of a gateway. Behind several gateways, each read may reach another one. */
  readonly read: () => Promise<string>
  readonly policies: Pick<Informer<AccessPolicy>, 'list'>
  readonly leads: () => boolean
  /** Checks a policy soon. It limits its own rate. */
  readonly suspect: (policy: string) => void
  readonly onRead: (error?: unknown) => void
}

const reportsExpensive = ({ metadata, status }: AccessPolicy): boolean => {
  const reported = conditionOf(status?.conditions, 'Affordable')
  return reported?.status === 'False' && reported.observedGeneration === metadata.generation
}

/**
 * Reads the observations of the gateway every second, while this process leads. What it reads decides no request: at worst a policy is
 * checked without need, or its status names one of its conditions as too expensive.
 */
export function followObservations({ read, policies, leads, suspect, onRead }: FollowOptions): FollowedObservations {
  const expensive = new LRUCache<string, true>({ max: MAX_OBSERVED })
  let marks: { readonly [policy: string]: string } = {}
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const learn = (keys: readonly string[]): void => {
    const fresh = new Set(keys.filter((key) => !expensive.has(key)))
    if (fresh.size === 0) return
    for (const key of fresh) expensive.set(key, true)
    for (const policy of policies.list()) {
      const conditions = (policy.spec.rules ?? []).flatMap(({ match }) => (match?.condition === undefined ? [] : [match.condition]))
      if (!reportsExpensive(policy) && conditions.some((condition) => fresh.has(observationKey(condition)))) suspect(policy.metadata.name)
    }
  }
  const round = async (): Promise<void> => {
    if (!leads()) return
    try {
      const { expensive: keys, refused } = parseObservations(await read())
      if (!leads()) return
      const before = marks
      marks = { ...refused }
      learn(keys)
      for (const { metadata } of Object.keys(refused).length === 0 ? [] : policies.list()) {
        const key = observationKey(metadata.name)
        if (refused[key] !== before[key]) suspect(metadata.name)
      }
      onRead()
    } catch (error) {
      if (leads()) onRead(error)
    }
  }
  const run = async (): Promise<void> => {
    await round()
    if (!stopped) timer = setTimeout(() => void run(), EVERY_MS)
  }
  return {
    start: () => void run(),
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
    isExpensive: (condition) => expensive.has(observationKey(condition)),
  }
}
