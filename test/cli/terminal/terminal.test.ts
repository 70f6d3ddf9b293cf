import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ioOf, type Streams } from '../../../cli/terminal/terminal.ts'

const written = (stream: PassThrough): string => String(stream.read() ?? '')

function setup({ isTTY, columns }: { readonly isTTY: boolean; readonly columns?: number }) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  for (const stream of Object.values(streams)) Object.assign(stream, { isTTY, columns })
  return { streams, io: ioOf({ streams: streams as unknown as Streams, kubectlPath: undefined, kubectlFlags: [], onInterrupt: () => () => {} }) }
}

describe('the terminal of a plugin', () => {
  it('gets output on stdout as it is, and notes on stderr as lines', () => {
    const { io, streams } = setup({ isTTY: false })
    io.print('one')
    io.print('two\n')
    io.note('a note')
    expect([written(streams.stdout), written(streams.stderr)]).toEqual(['onetwo\n', 'a note\n'])
  })
  it('shows progress on one line that fits, and a pipe gets none', () => {
    const terminal = setup({ isTTY: true, columns: 30 })
    terminal.io.progress('x'.repeat(100))
    const line = written(terminal.streams.stderr)
    expect(line.startsWith('\r\u001b[K')).toBe(true)
    expect(line.replace('\r\u001b[K', '').length).toBeLessThan(30)
    const pipe = setup({ isTTY: false })
    pipe.io.progress('waiting')
    expect(written(pipe.streams.stderr)).toBe('')
  })
  it('asks a question on stderr, so that stdout can be piped', async () => {
    const { io, streams } = setup({ isTTY: true })
    const answer = io.ask?.('sure? ')
    streams.stdin.write('yes\n')
    expect(await answer).toBe('yes')
    expect(written(streams.stderr)).toContain('sure? ')
    expect(written(streams.stdout)).toBe('')
  })
  it('cannot ask when there is no terminal', () => {
    expect(setup({ isTTY: false }).io.ask).toBeUndefined()
  })
  it('reads files and stdin, and says which file cannot be read', async () => {
    const { io, streams } = setup({ isTTY: false })
    await using dir = await mkdtempDisposable(join(tmpdir(), 'terminal-'))
    const file = join(dir.path, 'a.yaml')
    await writeFile(file, 'from a file')
    streams.stdin.end('from stdin')
    expect([await io.read(file), await io.read('-')]).toEqual(['from a file', 'from stdin'])
    await expect(io.read(`${file}.none`)).rejects.toThrow(`${file}.none cannot be read`)
  })
})
