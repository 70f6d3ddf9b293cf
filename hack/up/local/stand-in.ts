import { startRelay, type Target } from '../relay.ts'

const EVERY_MS = 500
const LIMIT_MS = 1_000

/**
 * Leads kube-apiserver to the aggregated API server, and to its stand-in while that is not ready, stopped processes included: what a
 * Service does for pods.
 */
export async function leadToWhoServes(options: {
  readonly on: Target
  readonly primary: Target
  readonly standby: Target
  /** Of the primary. */
  readonly readyUrl: string
}): Promise<{ stop(): void }> {
  let target = options.standby
  const relay = await startRelay(() => target, options.on)
  const look = async (): Promise<void> => {
    const ready = await fetch(options.readyUrl, { signal: AbortSignal.timeout(LIMIT_MS) }).then(
      (response) => response.ok,
      () => false,
    )
    const next = ready ? options.primary : options.standby
    if (next === target) return
    target = next
    relay.cut() // connections that are kept alive would go on to who is away
  }
  let timer: NodeJS.Timeout
  let stopped = false
  const again = (): void => {
    if (!stopped) timer = setTimeout(() => void look().then(again, again), EVERY_MS)
  }
  await look()
  again()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
      relay.close()
    },
  }
}
