import { expect } from 'vitest'

/** Milliseconds that something took: the request that caused an effect, and then the effect. */
export type Took = { readonly cause: number; readonly effect: number }

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const ROUNDS = 5

/**
 * Expects that an effect comes within a second of its cause. Other work of the machine can delay any round, so one round of five is enough,
 * and where the cause itself takes longer than a second, so may the effect. What comes only at some timeout never comes so early.
 */
export async function expectWithinASecond(round: () => Promise<Took>): Promise<void> {
  const rounds: Took[] = []
  while (rounds.length < ROUNDS) {
    const took = await round()
    if (took.effect < Math.max(1000, took.cause)) return
    rounds.push(took)
  }
  expect.fail(`never within a second: ${JSON.stringify(rounds)}`)
}
