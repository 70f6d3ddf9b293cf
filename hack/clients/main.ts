import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readResults, tableOf } from './table.ts'

/**
 * `npm run clients`: runs every client and every kubectl version both directly against kube-apiserver and through the gateway, and prints
 * the results as a table. Further arguments go to vitest: `-- -t 'kubectl v1.30'` runs that version only.
 */
const root = join(import.meta.dirname, '../..')
const folder = await mkdtemp(join(tmpdir(), 'jit-clients-results-'))
try {
  const file = join(folder, 'results.json')
  const args = ['run', 'test/clients', '--reporter=default', '--reporter=json', `--outputFile=${file}`, ...process.argv.slice(2)]
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, JIT_CLIENTS: 'all' },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  process.stdout.write(tableOf(readResults(await readFile(file, 'utf8'))))
  process.exitCode = code ?? 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
