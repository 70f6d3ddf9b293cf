import { checks } from './checks.ts'
import { readArguments } from '../read-arguments.ts'
import { runCheck } from './run-check.ts'

/** `npm run check`: runs every check, even after one fails, and prints one line for each and the full output of those that failed. */
const USAGE = `usage: npm run check -- [NAME]...

${checks.map(({ name, description }) => `  ${name.padEnd(11)}${description}\n`).join('')}`
const { positionals: only, fail } = readArguments(USAGE, {}, { words: true })
const strange = only.filter((name) => checks.every((check) => check.name !== name))
if (strange.length > 0) fail(`there is no check ${strange.join(', ')}`)
const chosen = only.length === 0 ? checks : checks.filter(({ name }) => only.includes(name))

let failed = 0
for (const check of chosen) {
  const started = performance.now()
  const result = await runCheck(check)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${result.passed ? '✓' : '✗'} ${check.name.padEnd(10)} ${check.description} (${seconds} s)`)
  if (!result.passed) {
    failed += 1
    console.log(result.output.trimEnd().replaceAll(/^/gm, '    '))
  }
}
console.log(failed === 0 ? `${chosen.length} checks passed` : `${failed} of ${chosen.length} checks failed`)
process.exitCode = failed === 0 ? 0 : 1
