import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import { storageSuite } from './suite.ts'

storageSuite('SQLite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  const file = join(dir, 'store.db')
  return { open: async (nowMs = Date.now()) => openSqliteStore(file, nowMs), remove: () => rm(dir, { recursive: true }) }
})

it('what a commit said is there after kill -9, and nothing is half there', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), join(dir, 'store.db')], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  for await (const line of createInterface({ input: child.stdout })) {
    told = line
    if (Number(line.split(' ')[0]) >= 25) break
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = openSqliteStore(join(dir, 'store.db'), 0)
  const [count = '', version = ''] = told.split(' ')
  const { entries } = await store.list('things')
  const { entries: others } = await store.list('others')
  expect(entries.length).toBeGreaterThanOrEqual(Number(count))
  expect(others.map(({ name }) => name)).toEqual(entries.map(({ name }) => name))
  expect(await store.current()).toBeGreaterThanOrEqual(Number(version))
  await store.close()
  await rm(dir, { recursive: true })
})
