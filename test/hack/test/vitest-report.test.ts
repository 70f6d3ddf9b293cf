import { expect, it } from 'vitest'
import { NoReport, runForReport } from '../../../hack/test/vitest-report.ts'

/** A program that is started as vitest is, and whose last argument names the file of its results. */
const program = (code: string): readonly string[] => [process.execPath, '-e', code, '--']
const run = (code: string) => runForReport({ args: ['test/none'], stdout: 'ignore', command: program(code) })

const WRITE = `require('node:fs').writeFileSync(process.argv.at(-1).split('=')[1], JSON.stringify(process.argv.slice(1, -1)));`

it('returns the report and the exit code', async () => {
  expect(await run(WRITE)).toEqual({ report: '["test/none","--reporter=json"]', code: 0 })
  expect(await run(`${WRITE} process.exit(3)`)).toMatchObject({ code: 3 })
  expect(await run(`${WRITE} process.kill(process.pid, 'SIGKILL')`)).toMatchObject({ code: 1 })
})

it('says how a run ended that wrote no report', async () => {
  await expect(run('process.exit(7)')).rejects.toThrow(new NoReport('vitest ended (code 7) before it wrote results; its messages above say why'))
  await expect(run("process.kill(process.pid, 'SIGKILL')")).rejects.toThrow('vitest ended (SIGKILL) before it wrote results')
})
