import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { play } from '../../../hack/demo/play.ts'
import { SHORT_LIVED } from '../run-program.ts'
import { writeTokenKubeconfigs, type Kubeconfigs } from '../setup/token-kubeconfigs.ts'
import type { OwnEnvironment } from './own-environment.ts'

/** Of `npm run demo`. It starts some 500 programs, so here they get tokens without a credential plugin. */
export function story({ environment, dir }: OwnEnvironment): void {
  let folder: string
  let kubeconfigs: Kubeconfigs
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jit-story-'))
    kubeconfigs = await writeTokenKubeconfigs(environment(), dir(), folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  afterEach(() => vi.unstubAllEnvs())

  it('the whole story holds, played with real kubectl against the deployed pods', { timeout: 1_800_000 }, async () => {
    for (const [name, value] of Object.entries(SHORT_LIVED)) vi.stubEnv(name, value)
    let told = ''
    try {
      // A broken promise ends the story with an error; the number of promises makes sure that no scene is skipped.
      const held = await play({ ...environment(), kubeconfigs }, (text) => (told += text))
      expect(held).toBeGreaterThanOrEqual(112)
    } catch (error) {
      throw new Error(`the story broke; its last lines were:\n${told.split('\n').slice(-40).join('\n')}`, { cause: error })
    }
  })
}
