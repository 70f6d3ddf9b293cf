import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StoreUnavailable, type Store, type StoreEvent } from '../../../../apiserver/storage/port.ts'
import { openThreadedStore } from '../../../../apiserver/storage/thread/threaded-store.ts'
import type { StoreThreadData } from '../../../../apiserver/storage/thread/messages.ts'
import { logLine, startChild } from '../../../child-process.ts'
import { openIn } from '../open-in.ts'
import { storageSuite } from '../suite.ts'

const open = (file: string, nowMs = Date.now()): Promise<Store> => openIn('own', file, nowMs)

storageSuite('SQLite in a thread of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jit-store-'))
  return { open: (nowMs) => open(join(folder, 'store.db'), nowMs), remove: () => rm(folder, { recursive: true }) }
})

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-store-'))
  file = join(dir, 'store.db')
})
afterEach(() => rm(dir, { recursive: true }))

const put = (store: Store, name: string, resource = 'things'): Promise<number> => store.commit([{ resource, name, expected: 0, value: { name } }])

it('this thread goes on while the store waits, here for a process that holds the file', async () => {
  const holder = new DatabaseSync(file)
  holder.exec('pragma locking_mode = exclusive; begin exclusive')
  let state = 'opening'
  const opening = open(file).finally(() => (state = 'open'))
  for (let turns = 0; turns < 1000; turns++) await turn()
  expect(state).toBe('opening')
  holder.exec('rollback')
  holder.close()
  const store = await opening
  expect(await put(store, 'a')).toBe(await store.current())
  await store.close()
})

it('a file that another process holds is refused with the code of SQLite', async () => {
  const holder = await open(file)
  await expect(open(file)).rejects.toMatchObject({ errcode: 5, message: 'database is locked' })
  await holder.close()
})

it('a file with another schema version is refused, and says which', async () => {
  const other = new DatabaseSync(file)
  other.exec('create table objects (name text); pragma user_version = 7')
  other.close()
  await expect(open(file)).rejects.toThrow('has schema version 7, this program reads 1')
})

it('a whole list shows a commit as soon as its event does', async () => {
  const store = await open(file)
  await put(store, 'a')
  const seen: Promise<number>[] = []
  const { stop } = await store.watch('things', await store.current(), () => seen.push(store.list('things').then(({ entries }) => entries.length)))
  for (const name of ['b', 'c', 'd']) {
    await store.list('things')
    await put(store, name)
    expect((await store.list('things')).entries.at(-1)?.name).toBe(name)
  }
  expect(await Promise.all(seen)).toEqual([2, 3, 4])
  stop()
  await store.close()
})

it('a store that is closing lists nothing that it kept', async () => {
  const store = await open(file)
  await put(store, 'a')
  await store.list('things')
  const closing = store.close()
  await expect(store.list('things')).rejects.toThrow(StoreUnavailable)
  await closing
})

it('a watch that begins while the last one of its resource ends receives every event', async () => {
  const store = await open(file)
  for (let round = 0; round < 50; round++) {
    const first = await store.watch('things', await store.current(), () => undefined)
    const events: StoreEvent[] = []
    const starting = store.watch('things', await store.current(), (event) => events.push(event))
    first.stop()
    const second = await starting
    await put(store, `n${round}`)
    expect(events.map(({ entry }) => entry.name)).toEqual([`n${round}`])
    second.stop()
  }
  await store.close()
})

it('a thread that ends fails its calls and every later one, and is reported once', async () => {
  const errors: unknown[] = []
  let thread: Worker | undefined
  const startThread = (workerData: StoreThreadData): Worker =>
    (thread = new Worker(new URL('../../../../apiserver/storage/thread/store-thread.ts', import.meta.url), { execArgv: [], workerData }))
  const store = await openThreadedStore(file, 0, { failed: (error) => errors.push(error), startThread })
  const ending = thread?.terminate()
  await expect(put(store, 'a')).rejects.toThrow(StoreUnavailable)
  await ending
  for (const call of [store.get('things', 'a'), store.list('things'), store.current(), store.compact(1), store.watch('things', 0, () => undefined)])
    await expect(call).rejects.toThrow(StoreUnavailable)
  expect(errors).toEqual([expect.any(StoreUnavailable)])
  await store.close()
})

it('every confirmed commit survives kill -9, and none is partial', async () => {
  const child = startChild(process.execPath, [join(import.meta.dirname, '../writer.ts'), file, 'own'])
  await child.line('25 commits', (line) => (Number(line.split(' ')[0]) >= 25 ? line : undefined))
  await child.end()
  const told = child.lines.findLast((line) => /^\d+ \d{10,}$/.test(line)) ?? ''
  const store = await open(file, 0)
  const [count = '', version = ''] = told.split(' ')
  const [things, others] = await Promise.all([store.list('things'), store.list('others')])
  expect(things.entries.length).toBeGreaterThanOrEqual(Number(count))
  expect(others.entries.map(({ name }) => name)).toEqual(things.entries.map(({ name }) => name))
  expect(await store.current()).toBeGreaterThanOrEqual(Number(version))
  await store.close()
})

it('a full disk refuses writes and loses nothing', async () => {
  const script = `ulimit -f 1200; exec "$0" "$1" "$2" own`
  const child = startChild('bash', ['-c', script, process.execPath, join(import.meta.dirname, '../full-disk-writer.ts'), file])
  const report = await child.line(
    'report',
    (line) => logLine(line) as { readonly stored: number; readonly refused: string; readonly readable: number },
  )
  await child.ended()
  expect(report.refused).toBe(StoreUnavailable.name)
  expect(report.stored).toBeGreaterThan(0)
  expect(report.readable).toBe(report.stored)
})
