import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const MAIN = join(import.meta.dirname, '../../../hack/up/main.ts')

it('without Java, `npm run up -- --keycloak` says what to install, starts nothing, and exits with a code of its own', async () => {
  const dir = join(tmpdir(), 'jit-up-without-java')
  const ended = await new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) => {
    // Without programs: no Java is found.
    execFile(process.execPath, [MAIN, '--keycloak', '--dir', dir], { env: { PATH: '/absent' } }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    )
  })
  expect(ended.code).toBe(3)
  expect(ended.stderr).toContain('apt-get install -y default-jre-headless maven')
  expect(ended.stderr).not.toMatch(/\n {4}at |identity provider/)
  await expect(access(dir)).rejects.toThrow('ENOENT')
})
