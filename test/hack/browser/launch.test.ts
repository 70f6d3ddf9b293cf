import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findChromium } from '../../../hack/browser/find-chromium.ts'
import { launchChromium } from '../../../hack/browser/launch.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'launch-'))))
afterEach(() => rm(dir, { recursive: true }))

// Elsewhere the sandbox of Chromium takes the place of the filter.
it.runIf(process.getuid?.() === 0)('Chromium runs with the filter that hides network changes', async () => {
  const [program, status] = [join(dir, 'chromium'), join(dir, 'status')]
  await writeFile(program, `#!/bin/sh\ngrep ^Seccomp: /proc/self/status > ${status}\nexec ${findChromium(process.env)} "$@"\n`)
  await chmod(program, 0o755)
  const browser = await launchChromium([], { ...process.env, CHROMIUM: program })
  await browser.close()
  expect(await readFile(status, 'utf8')).toMatch(/^Seccomp:\s+2\n$/)
})
