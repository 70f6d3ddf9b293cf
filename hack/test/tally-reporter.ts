import type { Reporter, TestModule } from 'vitest/node'
import { formatTally } from './tally.ts'

/** Ends a run with the one line that CI and people read: `N passed, N failed`. A file that did not load counts as failed. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0
    let failed = unhandled.length
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        if (state === 'failed') failed += 1
      }
    }
    process.on('exit', () => process.stdout.write(`${formatTally({ passed, failed })}\n`))
  }
}
