import { checks } from './checks.ts'
import { runCheck } from './run-check.ts'

/** `npm run check`: runs every check, even after one fails, and prints one line for each and the full output of those that failed. */
const only = process.argv.slice(2)
const chosen = only.length === 0 ? checks : checks.filter((check) => only.includes(check.name))
if (chosen.length === 0) {
  console.error(`no such check; there are: ${checks.map((check) => check.name).join(', ')}`)
  process.exit(2)
}

let failed = 0
for (const check of chosen) {
  const started = performance.now()
  const result = await runCheck(check)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${result.passed ? '✓' : '✗'} ${check.name.padEnd(10)} ${check.says} (${seconds} s)`)
  if (!result.passed) {
    failed += 1
    console.log(result.output.trimEnd().replaceAll(/^/gm, '    '))
  }
}
console.log(failed === 0 ? `${chosen.length} checks passed` : `${failed} of ${chosen.length} checks failed`)
process.exitCode = failed === 0 ? 0 : 1
