import { expect, test } from 'vitest'
import { boot } from '../../../hack/demo/boot.ts'
import { play } from '../../../hack/demo/play.ts'

const BOOT_AND_PLAY_MS = 1_800_000 // a cold run builds a cluster first

test('the whole story holds, played with real kubectl against the deployed pods', { timeout: BOOT_AND_PLAY_MS }, async () => {
  const booted = await boot({ output: 'ignore' })
  let told = ''
  try {
    // A broken promise ends the story with an error; the number of promises makes sure that no scene is skipped.
    const held = await play(booted.environment, (text) => (told += text))
    expect(held).toBeGreaterThanOrEqual(112)
  } catch (error) {
    throw new Error(`the story broke; its last lines were:\n${told.split('\n').slice(-40).join('\n')}`, { cause: error })
  } finally {
    await booted.stop()
  }
})
