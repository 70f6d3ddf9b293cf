import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { kubectl } from './environment.ts'

const DIR = join(import.meta.dirname, '../../examples')
const FILES = globSync('*.yaml', { cwd: DIR }).sort()

describe('examples/', () => {
  afterAll(async () => void (await kubectl('admin', ['delete', '--ignore-not-found', '-f', DIR])))

  it('has policies', () => expect(FILES.length).toBeGreaterThan(4))
  it.each(FILES)('%s is a policy that kubectl applies without a warning', async (file) => {
    const { code, stdout, stderr } = await kubectl('admin', ['apply', '-f', join(DIR, file)])
    expect([code, stdout, stderr]).toEqual([0, `accesspolicy.jit.access/${basename(file, '.yaml')} created\n`, ''])
  })
})
