import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { logLine, startChild, type StartChild } from './child-process.ts'

const node = (program: string, options: StartChild = {}) => startChild(process.execPath, ['-e', program], options)
const WAITS = 'setInterval(() => {}, 1000)'
const equal = (text: string) => (line: string) => (line === text ? line : undefined)

describe('a child of a test', () => {
  it('gives the first line that is looked for, whether it came before or comes later', async () => {
    const child = node(`console.log('one'); console.log('two'); ${WAITS}`)
    expect(await child.line('two', equal('two'))).toBe('two')
    expect(await child.line('one', equal('one'))).toBe('one')
    expect([child.lines, child.isRunning()]).toEqual([['one', 'two'], true])
    expect(await child.end()).toEqual({ code: null, signal: 'SIGKILL' })
    expect(child.isRunning()).toBe(false)
  })

  it('that dies before its line fails the wait with its code and what it said on both streams', async () => {
    const child = node(`console.log('so far'); console.error('the disk is full'); process.exitCode = 3`)
    await expect(child.line('word that it is ready', equal('ready'))).rejects.toThrow(
      /it ended with code 3 without word that it is ready; it said:\n[^]*the disk is full/,
    )
    expect(child.said()).toContain('so far')
    // Not only at the moment of its end.
    await expect(child.line('ready', equal('ready'))).rejects.toThrow('code 3')
    expect(await child.end()).toEqual({ code: 3, signal: null })
  })

  it('that said much fails the wait with the end of it', async () => {
    const child = node(`console.log('the start'); console.log('x'.repeat(10_000)); console.log('the end')`)
    await child.ended()
    const error = await child.line('ready', equal('ready')).catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(/it said:\nx+\nthe end\n$/)
  })

  it('that is killed by a signal fails the wait with the signal', async () => {
    const child = node(`console.log('up'); ${WAITS}`)
    await child.line('up', equal('up'))
    const waiting = expect(child.line('more', equal('more'))).rejects.toThrow('it was ended by SIGTERM without more; it said:\nup')
    await child.end('SIGTERM')
    await waiting
  })

  it('that runs and says nothing fails the wait within the limit, and says what is missing', async () => {
    const child = node(WAITS, { limitMs: 50 })
    await expect(child.line('ready', equal('ready'))).rejects.toThrow('it runs, and within 0.05 s there was no ready; it said nothing')
    await child.end('SIGKILL').catch(() => undefined)
  })

  it('that ignores its signal fails the wait for its end, and is killed', async () => {
    const child = node(`process.on('SIGTERM', () => console.log('no')); console.log('up'); ${WAITS}`, { limitMs: 200 })
    await expect.poll(() => child.lines).toEqual(['up'])
    await expect(child.end('SIGTERM')).rejects.toThrow(/there was no end; it said:\nup/)
    await expect.poll(() => child.isRunning()).toBe(false)
    expect(await child.ended()).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('ends with the process that started it', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const connects = `require('node:net').connect(${(server.address() as AddressInfo).port}, '127.0.0.1').on('connect', () => console.log('up'))`
    const starts = `const { startChild } = await import(${JSON.stringify(join(import.meta.dirname, 'child-process.ts'))})
      await startChild(process.execPath, ['-e', ${JSON.stringify(connects)}]).line('up', (line) => line)
      process.exit()`
    const closed = once(server, 'connection').then(([socket]) =>
      once(
        (socket as Socket).resume().on('error', () => undefined),
        'close',
      ),
    )
    expect(await startChild(process.execPath, ['--input-type=module', '-e', starts]).ended()).toEqual({ code: 0, signal: null })
    await closed
    server.close()
  })

  it('that cannot be started fails each wait', async () => {
    const child = startChild('/nowhere/program', ['a'])
    await expect(child.line('ready', equal('ready'))).rejects.toThrow('/nowhere/program a: it did not start: spawn /nowhere/program ENOENT')
    await expect(child.ended()).rejects.toThrow('it did not start')
  })

  it('reads the lines of the stream that is named', async () => {
    const child = node(`console.log('out'); console.error('{"event":"started"}')`, { read: 'stderr' })
    expect(await child.line('a log line', logLine)).toEqual({ event: 'started' })
    expect(await child.ended()).toEqual({ code: 0, signal: null })
    expect(logLine('    at file.ts:1')).toBeUndefined()
  })
})
