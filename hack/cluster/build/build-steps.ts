/** Progress of long work: one line when a step begins and one when it ends. */
export type Steps = {
  step<T>(what: string, work: () => Promise<T>): Promise<T>
  say(line: string): void
  readonly signal: AbortSignal
}

const REMIND_MS = 30_000

/** A long step prints a line every half minute, so that it does not seem to hang. */
export function createSteps(say: (line: string) => void, signal: AbortSignal): Steps {
  return {
    say,
    signal,
    step: async (what, work) => {
      signal.throwIfAborted()
      const started = performance.now()
      const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`
      say(`building ${what} …`)
      const reminder = setInterval(() => say(`  still building, ${seconds()}`), REMIND_MS)
      try {
        const result = await work()
        say(`  built in ${seconds()}`)
        return result
      } finally {
        clearInterval(reminder)
      }
    },
  }
}
