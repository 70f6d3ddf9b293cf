import { StatusError } from '../domain/status-error.ts'

export type LimitsConfig = {
  /** Requests that are being served, all together. Left out: 2048. */
  readonly inFlight?: number
  /** Of one identity; its watches, logs and streams count. Left out: 256. */
  readonly inFlightPerIdentity?: number
}

/** Bounds what is done at once, so that one agent cannot take the gateway from the others. */
export type Limits = {
  /** Gives the way to leave again. @throws StatusError TooManyRequests */
  enter(identity: string): () => void
  readonly inFlight: number
}

const IN_FLIGHT = 2048
const IN_FLIGHT_PER_IDENTITY = 256

const tooMany = (whose: string): StatusError =>
  new StatusError('TooManyRequests', `too many requests of ${whose} are being served; try again`, { details: { retryAfterSeconds: 1 } })

export function createLimits({ inFlight = IN_FLIGHT, inFlightPerIdentity = IN_FLIGHT_PER_IDENTITY }: LimitsConfig): Limits {
  const byIdentity = new Map<string, number>()
  let total = 0
  return {
    enter: (identity) => {
      const own = byIdentity.get(identity) ?? 0
      if (own >= inFlightPerIdentity) throw tooMany('yours')
      if (total >= inFlight) throw tooMany('all agents')
      total++
      byIdentity.set(identity, own + 1)
      return () => {
        total--
        const left = (byIdentity.get(identity) ?? 1) - 1
        if (left <= 0) byIdentity.delete(identity)
        else byIdentity.set(identity, left)
      }
    },
    get inFlight() {
      return total
    },
  }
}
