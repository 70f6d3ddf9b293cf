import { describe, expect, it } from 'vitest'
import { runProgram, startProgram } from './run-program.ts'

describe('a program', () => {
  it('runs to its end with its input', async () => {
    const ran = await runProgram('sh', ['-c', 'read line; echo "out $line"; echo err >&2; exit 3'], { input: 'text\n' })
    expect(ran).toMatchObject({ code: 3, stdout: 'out text\n', stderr: 'err\n' })
  })

  it('is waited for until it says something, and interrupted', async () => {
    const running = startProgram('sh', ['-c', 'trap "echo interrupted; exit 5" INT; echo begun; while :; do sleep 0.1; done'])
    await running.says('begun')
    running.interrupt()
    expect(await running.ended).toMatchObject({ code: 5, stdout: 'begun\ninterrupted\n' })
  })

  it('that ends without saying it is an error that shows what it said', async () => {
    const running = startProgram('sh', ['-c', 'echo something else'])
    await expect(running.says(/begun/)).rejects.toThrow('sh did not say /begun/ before it ended; it said "something else\\n"')
  })

  it('that a signal ends has no exit code of its own, and says which signal', async () => {
    expect(await runProgram('sh', ['-c', 'kill -INT $$'])).toMatchObject({ code: -1, signal: 'SIGINT' })
    expect(await runProgram('sh', ['-c', 'exit 1'])).not.toHaveProperty('signal')
  })

  it('that does not exist rejects', async () => {
    await expect(runProgram('/nowhere/program', [])).rejects.toThrow('ENOENT')
  })
})
