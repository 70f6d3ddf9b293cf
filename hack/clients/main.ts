import { readResults, tableOf } from './results-table.ts'
import { checkArguments } from '../test/check-arguments.ts'
import { NoReport, runForReport } from '../test/vitest-report.ts'

/**
 * `npm run clients`: runs every client and every kubectl version both directly against kube-apiserver and through the gateway, and prints
 * the results as a table.
 */
checkArguments(`usage: npm run clients -- [VITEST-ARGUMENT]...

  -t PATTERN  only the operations that match, for example -t 'kubectl v1.30'
`)
try {
  const args = ['test/clients', '--reporter=default', ...process.argv.slice(2)]
  const { report, code } = await runForReport({ args, env: { JIT_CLIENTS: 'all' }, stdout: 'inherit' })
  process.stdout.write(tableOf(readResults(report)))
  process.exitCode = code
} catch (error) {
  if (!(error instanceof NoReport)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
