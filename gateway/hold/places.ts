import { tooManyError } from './answers.ts'

/** How many operations may wait, so that an agent in a loop costs neither memory nor the approvers' patience. */
const MOST_PENDING = 256
const MOST_PENDING_PER_IDENTITY = 16

export type Places = {
  /** Gives the way to leave again. @throws StatusError TooManyRequests */
  take(username: string): () => void
  readonly taken: number
}

export function createPlaces(most = MOST_PENDING): Places {
  const byUser = new Map<string, number>()
  let taken = 0
  return {
    take: (username) => {
      const own = byUser.get(username) ?? 0
      if (own >= MOST_PENDING_PER_IDENTITY) throw tooManyError('yours')
      if (taken >= most) throw tooManyError('all agents')
      taken++
      byUser.set(username, own + 1)
      return () => {
        taken--
        const left = (byUser.get(username) ?? 1) - 1
        if (left > 0) byUser.set(username, left)
        else byUser.delete(username)
      }
    },
    get taken() {
      return taken
    },
  }
}
