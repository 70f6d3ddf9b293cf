import { expect, it } from 'vitest'
import { findChromium, installChromium } from '../../../hack/browser/find-chromium.ts'
import { launchChromium } from '../../../hack/browser/launch.ts'

it('is the program that CHROMIUM names, and no other where that does not exist', () => {
  expect(findChromium({ CHROMIUM: process.execPath })).toBe(process.execPath)
  expect(findChromium({ CHROMIUM: '/absent/chromium' })).toBeUndefined()
  expect(findChromium({ CHROMIUM: '' })).toBe(findChromium({}))
})
it('without one, the tests fail and say what to install', async () => {
  await expect(launchChromium([], { CHROMIUM: '/absent/chromium' })).rejects.toThrow('apt-get install chromium')
})
it('installs nothing where CHROMIUM names a program, even one that is absent', async () => {
  const said: string[] = []
  await installChromium({ CHROMIUM: '/absent/chromium' }, (line) => void said.push(line))
  expect(said).toEqual([])
})
