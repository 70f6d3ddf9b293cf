/** Cleanup steps, run in reverse order. Each of them runs even if others fail. */
export type Cleanup = {
  add(what: string, end: () => Promise<void> | void): void
  run(): Promise<readonly string[]>
}

export function createCleanup(): Cleanup {
  const steps: { readonly what: string; readonly end: () => Promise<void> | void }[] = []
  return {
    add: (what, end) => void steps.push({ what, end }),
    run: async () => {
      const problems: string[] = []
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step.end()
        } catch (error) {
          problems.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
      return problems
    },
  }
}
