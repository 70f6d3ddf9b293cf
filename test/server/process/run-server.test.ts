import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSmall, startWith, type SmallProcess } from './small-process.ts'

let dir: string
const running: Pick<SmallProcess, 'kill' | 'exited'>[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-run-server-'))
})
afterEach(async () => {
  for (const { kill, exited } of running.splice(0)) {
    kill()
    await exited
  }
  await rm(dir, { recursive: true })
})

const start = async (options: Parameters<typeof startSmall>[1] = {}): Promise<SmallProcess> => {
  const small = await startSmall(dir, options)
  running.push(small)
  return small
}
const started = async (options: Parameters<typeof startSmall>[1] = {}): Promise<SmallProcess> => {
  const small = await start(options)
  await small.logged('started')
  return small
}
const statusOf = async (url: string): Promise<number> => (await fetch(url)).status

const UP = ['create', 'server.started', 'start', 'ready-during-start', 'started']
const DOWN = ['server.stopped', 'records.closed', 'client.closed']

describe('the command line and the configuration', () => {
  it.each([[[]], [['--config', 'x', '--unknown']]])('%j prints the usage and exits with 2', async (args) => {
    const small = startWith(args)
    running.push(small)
    expect(await small.exited).toBe(2)
    expect(small.text()).toBe('usage: node test/server/process/small-server.ts --config FILE')
    expect(small.events()).toEqual([])
  })
  it('a configuration with an unknown field exits with 2 and names it', async () => {
    const small = await start({ more: { port: 1 } })
    expect(await small.exited).toBe(2)
    expect(await small.logged('start.failed')).toMatchObject({ level: 'error', error: expect.stringContaining('"port"') as string })
    expect(small.events()).toEqual(['start.failed'])
  })
  it('a file that cannot be read exits with 2', async () => {
    const small = startWith(['--config', join(dir, 'absent.yaml')])
    running.push(small)
    expect(await small.exited).toBe(2)
    expect(small.events()).toEqual(['start.failed'])
  })
})

describe('a server that cannot start exits with 1', () => {
  it.each([
    ['create', ['create', 'start.failed']],
    ['start', ['create', 'server.started', 'start', 'start.failed']],
  ])('because %s throws', async (fault, events) => {
    const small = await start({ fault })
    expect(await small.exited).toBe(1)
    expect(small.events()).toEqual(events)
    expect(await small.logged('start.failed')).toMatchObject({ error: `${fault} is broken` })
  })
  it.each(['listen', 'admin'])('because the port of %s is in use', async (name) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const small = await start({ more: { [name]: { address: '127.0.0.1', port } } })
    expect(await small.exited).toBe(1)
    expect((await small.logged('start.failed')).error).toContain('EADDRINUSE')
    other.close()
  })
  it('because a signal arrives first', async () => {
    const small = await start({ fault: 'start-hangs' })
    await small.logged('start')
    small.signal('SIGTERM')
    expect(await small.exited).toBe(1)
    expect(small.events()).toEqual(['create', 'server.started', 'start', 'stopping'])
  })
  it('or continue, when it says so itself', async () => {
    const small = await start({ fault: 'fails' })
    expect(await small.exited).toBe(1)
    expect(await small.logged('broken')).toMatchObject({ level: 'error', error: 'it is broken' })
    expect(small.events().at(-1)).toBe('broken')
  })
})

describe('readiness', () => {
  it('begins when start has ended and ends with the signal, while requests are still served', async () => {
    const small = await started({ fault: 'waits' })
    expect(await small.logged('ready-during-start')).toMatchObject({ code: 500 })
    expect(await statusOf(`${small.adminUrl}/readyz`)).toBe(200)
    small.signal('SIGTERM')
    await small.logged('finish')
    const ready = await fetch(`${small.adminUrl}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([500, '[+]own ok\n[-]serving failed\nnot ready\n'])
    expect(await statusOf(`${small.adminUrl}/livez`)).toBe(200)
    expect(await statusOf(`${small.url}/release`)).toBe(200)
    expect(await small.exited).toBe(0)
  })
  it('lasts until the end for a server that stays ready', async () => {
    const small = await started({ fault: 'stays-ready' })
    small.signal('SIGTERM')
    await small.logged('finish')
    expect(await statusOf(`${small.adminUrl}/readyz`)).toBe(200)
    expect(await statusOf(`${small.url}/release`)).toBe(200)
    expect(await small.exited).toBe(0)
  })
})

describe('stopping', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s finishes, closes, ends the records and exits with 0, in this order', async (name) => {
    const small = await started()
    small.signal(name)
    expect(await small.exited).toBe(0)
    expect(small.events()).toEqual([...UP, 'stopping', 'finish', 'close', ...DOWN])
    expect(await small.logged('stopping')).toMatchObject({ signal: name })
  })
  it.each(['finish', 'close'])('a step of %s that throws is logged, and the next ones run', async (fault) => {
    const small = await started({ fault })
    small.signal('SIGTERM')
    expect(await small.exited).toBe(0)
    expect(await small.logged('stop.failed')).toMatchObject({ level: 'error', error: `${fault} is broken` })
    expect(small.events().filter((event) => event !== 'stop.failed')).toEqual([...UP, 'stopping', 'finish', 'close', ...DOWN])
  })
  it('a step that hangs exits with 1 when the time limit is over', async () => {
    const small = await started({ fault: 'hangs', stopLimitMs: 50 })
    small.signal('SIGTERM')
    expect(await small.exited).toBe(1)
    expect(small.events()).toEqual([...UP, 'stopping', 'finish'])
  })
  it('a second signal exits with 1 at once', async () => {
    const small = await started({ fault: 'hangs' })
    small.signal('SIGTERM')
    await small.logged('finish')
    small.signal('SIGTERM')
    expect(await small.exited).toBe(1)
    expect(small.events()).toEqual([...UP, 'stopping', 'finish'])
  })
})

it('uncaught errors are logged, and the server goes on', async () => {
  const small = await started()
  await statusOf(`${small.url}/throw`)
  await statusOf(`${small.url}/reject`)
  expect(await small.logged('error.uncaught')).toMatchObject({ level: 'error', error: 'thrown' })
  expect(await small.logged('rejection.unhandled')).toMatchObject({ level: 'error', error: 'rejected' })
  expect(await statusOf(small.url)).toBe(200)
  expect(await statusOf(`${small.adminUrl}/readyz`)).toBe(200)
  small.signal('SIGTERM')
  expect(await small.exited).toBe(0)
})
