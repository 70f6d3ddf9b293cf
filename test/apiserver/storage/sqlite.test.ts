import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import { StoreUnavailable } from '../../../apiserver/storage/port.ts'
import { logLine, startChild } from '../../child-process.ts'
import { storageSuite } from './suite.ts'

storageSuite('SQLite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  const file = join(dir, 'store.db')
  return { open: async (nowMs = Date.now()) => openSqliteStore(file, nowMs), remove: () => rm(dir, { recursive: true }) }
})

it('every confirmed commit survives kill -9, and none is partial', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  const child = startChild(process.execPath, [join(import.meta.dirname, 'writer.ts'), join(dir, 'store.db')])
  await child.line('25 commits', (line) => (Number(line.split(' ')[0]) >= 25 ? line : undefined))
  await child.end()
  // A kill can cut the line that it writes.
  const told = child.lines.findLast((line) => /^\d+ \d{10,}$/.test(line)) ?? ''
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

it('a second process cannot open the file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  const store = openSqliteStore(join(dir, 'store.db'), 0)
  const script = `import('${join(import.meta.dirname, '../../../apiserver/storage/sqlite.ts')}').then(({ openSqliteStore }) => openSqliteStore(${JSON.stringify(join(dir, 'store.db'))}, 0))`
  const child = startChild(process.execPath, ['-e', script])
  const { code } = await child.ended()
  expect([code === 0, child.said()]).toEqual([false, expect.stringContaining('database is locked')])
  await store.close()
  await rm(dir, { recursive: true })
})

it('a full disk refuses writes, loses nothing, and accepts writes again when there is space', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  const file = join(dir, 'store.db')
  // The kernel refuses to extend the file above the limit, like a full disk.
  const child = startChild('bash', [
    '-c',
    `ulimit -f 1200; exec "$0" "$1" "$2"`,
    process.execPath,
    join(import.meta.dirname, 'full-disk-writer.ts'),
    file,
  ])
  type Report = { readonly stored: number; readonly refused: string; readonly readable: number }
  const report = await child.line('report', (line) => logLine(line) as Report | undefined)
  await child.ended()
  expect(report.refused).toBe(StoreUnavailable.name)
  expect(report.stored).toBeGreaterThan(0)
  expect(report.readable).toBe(report.stored)
  const store = openSqliteStore(file, 0)
  expect((await store.list('things')).entries).toHaveLength(report.stored)
  await store.commit([{ resource: 'things', name: 'after', expected: 0, value: {} }])
  await store.close()
  await rm(dir, { recursive: true })
})

it('a file with another schema version is not changed', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  const file = join(dir, 'store.db')
  const other = new DatabaseSync(file)
  other.exec('create table objects (name text); pragma user_version = 7')
  other.close()
  expect(() => openSqliteStore(file, 0)).toThrow('has schema version 7, this program reads 1')
  const again = new DatabaseSync(file)
  expect(again.prepare('pragma user_version').get()).toEqual({ user_version: 7 })
  again.close()
  await rm(dir, { recursive: true })
})
