import { globSync } from 'node:fs'
import { rowsOf, table, type TestResult } from './attack-report.ts'
import { readArguments } from '../read-arguments.ts'
import { NoReport, runForReport } from '../test/vitest-report.ts'

/**
 * `npm run attack [-- --dir DIR] [LETTER]...`: runs the attacks of test/attack and prints id, result and attack. Exits with 1 if one
 * succeeded.
 */
type Output = {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly TestResult[]
  }[]
}

const USAGE = 'usage: npm run attack -- [--dir DIR] [LETTER]...   DIR: that of a running `npm run up`\n'
const { values, positionals, fail } = readArguments(USAGE, { dir: { type: 'string' } }, { words: true })
const letters = positionals.map((letter) => letter.toLowerCase())
if (letters.some((letter) => !/^[a-z]$/.test(letter))) fail('a chapter is one letter')
const files = letters.length === 0 ? ['test/attack/'] : letters.flatMap((letter) => globSync(`test/attack/*/${letter}{,[0-9]}-*.test.ts`))
if (files.length === 0) fail(`test/attack has no file of chapter ${letters.join(', ')}`)
const args = [...files, '--exclude', '**/differential/**']
const env = values.dir === undefined ? {} : { JIT_UP_DIR: values.dir }
process.stderr.write('running the attacks; the first run builds a cluster …\n')
try {
  const { report, code } = await runForReport({ args, env, stdout: 'ignore' })
  const { testResults } = JSON.parse(report) as Output
  const rows = rowsOf(testResults.flatMap(({ assertionResults }) => assertionResults))
  process.stdout.write(`${table(letters.length === 0 ? rows : rows.filter(({ id }) => letters.includes(id[0]?.toLowerCase() ?? '')))}\n`)
  // A file that fails in a hook (a canary was found in a response) has no failed test, so report it by file name.
  const broken = testResults.filter(({ status }) => status !== 'passed')
  for (const { name, message } of broken) process.stdout.write(`FAILED ${name}\n${message ?? ''}\n`)
  process.exitCode = code === 0 && broken.length === 0 && rows.every(({ result }) => result !== 'FAILED') ? 0 : 1
} catch (error) {
  if (!(error instanceof NoReport)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
