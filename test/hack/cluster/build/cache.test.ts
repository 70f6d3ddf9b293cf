import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cached, type Part } from '../../../../hack/cluster/build/cache.ts'
import { cacheKey } from '../../../../hack/cluster/build/recipe.ts'
import { createSteps } from '../../../../hack/cluster/build/build-steps.ts'

const KEY = 'f'.repeat(64)
const part = (build: Part['build']): Part => ({ name: 'node', key: () => Promise.resolve(KEY), build })

describe('the cache of built binaries', () => {
  let dir: string
  let said: string[]
  const steps = () => createSteps((line) => void said.push(line), new AbortController().signal)
  const folders = async (): Promise<readonly string[]> => (await readdir(dir)).filter((name) => !name.endsWith('.lock'))
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jit-cache-'))
    said = []
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('builds once for concurrent callers, and says that the second waits', async () => {
    let builds = 0
    const build = part(async (out) => {
      builds += 1
      await expect.poll(() => said).toHaveLength(1) // the other caller waits
      await writeFile(join(out, 'binary'), 'made')
    })
    const [first, second] = await Promise.all([cached(dir, build, steps()), cached(dir, build, steps())])
    expect([builds, first, await readdir(first)]).toEqual([1, second, ['binary']])
    expect(said).toEqual(['another process builds the same node binaries; waiting for it …'])
    expect(await cached(dir, build, steps())).toBe(first)
    expect(builds).toBe(1)
  })

  it('keeps nothing of a failed build, and builds again on the next call', async () => {
    const failing = part(async (out) => {
      await writeFile(join(out, 'half'), 'made')
      throw new Error('the compiler broke')
    })
    await expect(cached(dir, failing, steps())).rejects.toThrow('the compiler broke')
    expect(await folders()).toEqual([])
    const folder = await cached(
      dir,
      part((out) => writeFile(join(out, 'whole'), 'made')),
      steps(),
    )
    expect(await readdir(folder)).toEqual(['whole'])
  })

  it('removes what a builder that was killed left behind', async () => {
    await mkdir(join(dir, `${KEY.slice(0, 12)}.building-abc`))
    await cached(
      dir,
      part(() => Promise.resolve()),
      steps(),
    )
    expect(await folders()).toEqual([KEY])
  })

  it('is keyed by content: the same inputs give the same key, and each part has another', async () => {
    const [kubernetes, node] = [await cacheKey('kubernetes'), await cacheKey('node')]
    expect(kubernetes).toMatch(/^[0-9a-f]{64}$/)
    expect(await cacheKey('kubernetes')).toBe(kubernetes)
    expect(node).not.toBe(kubernetes)
  })
})
