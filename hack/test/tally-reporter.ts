import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { formatFailure } from './failures.ts'
import { formatTally } from './tally.ts'

/**
 * Ends a run with a line for each failure and the one line that CI and people read: `N passed, N failed`. A file that did not load counts as
 * failed.
 */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0
    const failures = unhandled.map((error) => formatFailure('outside of a test', error))
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId)
      const [broken] = module.errors()
      if (broken !== undefined) failures.push(formatFailure(file, broken))
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result()
        if (state === 'passed') passed += 1
        if (state === 'failed') failures.push(formatFailure(`${file} > ${test.fullName}`, errors[0]))
      }
    }
    process.on('exit', () => process.stdout.write([...failures, formatTally({ passed, failed: failures.length }), ''].join('\n')))
  }
}
