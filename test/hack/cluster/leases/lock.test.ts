import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from '../../../../hack/cluster/leases/lock.ts'
import { startChild } from '../../../child-process.ts'

const LOCK = join(import.meta.dirname, '../../../../hack/cluster/leases/lock.ts')

describe('a lock', () => {
  let dir: string
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'jit-lock-'))))
  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('runs one holder at a time, and notifies the other once that it waits', async () => {
    const file = join(dir, 'lock')
    const events: string[] = []
    let second: Promise<void> | undefined
    await withLock(file, async () => {
      events.push('first begins')
      await new Promise<void>((waits) => {
        const onWait = (): void => {
          events.push('second waits')
          waits()
        }
        second = withLock(file, async () => void events.push('second works'), { onWait })
      })
      events.push('first ends')
    })
    await second
    expect(events).toEqual(['first begins', 'second waits', 'first ends', 'second works'])
  })

  it('is no longer waited for after a signal', async () => {
    const file = join(dir, 'lock')
    const stopping = new AbortController()
    await withLock(file, async () => {
      const second = withLock(file, () => Promise.resolve(), { onWait: () => stopping.abort(), signal: stopping.signal })
      await expect(second).rejects.toThrow('aborted')
    })
  })

  it('is released when the work throws', async () => {
    const file = join(dir, 'lock')
    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    await expect(withLock(file, () => Promise.resolve('mine'))).resolves.toBe('mine')
  })

  it('is released when its holder is killed', async () => {
    const file = join(dir, 'lock')
    const program = `import { withLock } from ${JSON.stringify(LOCK)}
      await withLock(${JSON.stringify(file)}, () => { console.log('held'); return new Promise(() => setTimeout(() => undefined, 60_000)) })`
    const holder = startChild(process.execPath, ['--input-type=module', '--eval', program])
    await holder.line('word that it holds the lock', (line) => (line === 'held' ? line : undefined))
    const waited = await withLock(file, () => Promise.resolve('taken over'), { onWait: () => holder.signal('SIGKILL') })
    expect(waited).toBe('taken over')
  })
})
