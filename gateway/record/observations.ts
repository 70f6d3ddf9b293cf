import { MAX_OBSERVED, observationKey, type GatewayObservations } from '../../domain/policy/status/gateway-observations.ts'

/** Collects what the controller needs to know from the gateway for the status of policies. Bounded: the oldest entry makes room. */
export type Observations = {
  /** Reports a condition that used up the steps of a request. */
  tooExpensive(condition: string): void
  /** Reports that kube-apiserver did not let the gateway act as the agents of a policy. */
  refused(policy: string): void
  /** As JSON, for {@link OBSERVATIONS_PATH}. */
  text(): string
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MAX_OBSERVED && oldest !== undefined) map.delete(oldest)
}

/** @param run unique for this process, so that refusals after a restart count as new */
export function createObservations(run: string): Observations {
  const expensive = new Map<string, true>()
  const refused = new Map<string, string>()
  let count = 0
  return {
    tooExpensive: (condition) => keep(expensive, observationKey(condition), true),
    refused: (policy) => keep(refused, observationKey(policy), `${run}-${(count += 1)}`),
    text: () => JSON.stringify({ expensive: [...expensive.keys()], refused: Object.fromEntries(refused) } satisfies GatewayObservations),
  }
}
