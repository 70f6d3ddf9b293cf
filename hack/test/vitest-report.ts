import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

export type ReportOptions = {
  /** Of vitest, without reporters for the results. */
  readonly args: readonly string[]
  readonly env?: { readonly [name: string]: string }
  /** Where the output of vitest goes. Its errors go to standard error. */
  readonly stdout: 'ignore' | 'inherit'
  /** What to run. Optional. Defaults to vitest with this Node. */
  readonly command?: readonly string[]
}

/** Vitest ended without results, because it could not start or was killed. */
export class NoReport extends Error {}

/** Runs tests and returns vitest's JSON report and exit code, 1 after a signal. @throws NoReport */
export async function runForReport({ args, env = {}, stdout, command }: ReportOptions): Promise<{ readonly report: string; readonly code: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'jit-report-'))
  try {
    const file = join(folder, 'results.json')
    const [program = '', ...first] = command ?? [process.execPath, join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run']
    const child = spawn(program, [...first, ...args, '--reporter=json', `--outputFile.json=${file}`], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, 'inherit'],
    })
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    const report = await readFile(file, 'utf8').catch(() => '')
    if (report === '') throw new NoReport(`vitest ended (${signal ?? `code ${code}`}) before it wrote results; its messages above say why`)
    return { report, code: code ?? 1 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
