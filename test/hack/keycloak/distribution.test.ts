import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const MODULE = join(import.meta.dirname, '../../../hack/keycloak/distribution.ts')

it('says what to install where there is no Java, and fails', async () => {
  const script = `import { findKeycloak } from ${JSON.stringify(MODULE)}
    await findKeycloak({ cacheDir: '/absent', say: () => undefined, signal: new AbortController().signal })`
  // Without programs: neither Java nor apt-get is found.
  const started = run(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: '/absent' } })
  await expect(started).rejects.toThrow('apt-get install -y default-jre-headless maven')
})
