import { expect, test } from 'vitest'
import { boot } from '../../../hack/demo/boot.ts'
import { play } from '../../../hack/demo/play.ts'

const BOOT_AND_PLAY_MS = 1_800_000 // a cold run builds a cluster first

test('the whole story holds, told by real kubectl against the deployed pods', { timeout: BOOT_AND_PLAY_MS }, async () => {
  const booted = await boot({ output: 'ignore' })
  let told = ''
  try {
    // A promise that is not kept ends the play with what it was; how many there are keeps scenes from being lost.
    const held = await play(booted.environment, (text) => (told += text))
    expect(held).toBeGreaterThanOrEqual(63)
  } catch (error) {
    throw new Error(`the story broke; its last lines were:\n${told.split('\n').slice(-40).join('\n')}`, { cause: error })
  } finally {
    await booted.stop()
  }
})
