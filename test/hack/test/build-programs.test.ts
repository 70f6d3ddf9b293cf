import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { buildPrograms } from '../../../hack/test/build-programs.ts'

let cacheDir: string
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'jit-build-programs-'))
  vi.stubEnv('PATH', '/nowhere')
})
afterEach(() => rm(cacheDir, { recursive: true, force: true }))

async function linesOf(signal: AbortSignal): Promise<readonly string[]> {
  const lines: string[] = []
  await buildPrograms({ settings: { cacheDir }, say: (line) => void lines.push(line), signal })
  return lines
}

it('goes on after each program that cannot be built, and says why', async () => {
  const lines = await linesOf(new AbortController().signal)
  const failures = lines.flatMap((line) => /^(.*) was not built: (.+)$/.exec(line)?.slice(1) ?? [])
  expect(failures.filter((_, at) => at % 2 === 0)).toEqual(['a cluster', 'cert-manager', 'Keycloak', 'the oldest kubectl', 'client-go', 'helm'])
  expect(failures[1]).toContain('There is no Go on PATH.')
  expect(failures[5]).toContain('apt-get install')
})

it('builds nothing after a signal', async () => {
  expect(await linesOf(AbortSignal.abort())).toEqual([])
})
