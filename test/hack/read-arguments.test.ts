import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** The programs that read their arguments by `readArguments`, and could be started without a cluster. */
const PROGRAMS = [
  'check',
  'reference',
  'vocabulary',
  'demo',
  'image',
  'cert-manager',
  'fuzz',
  'recording',
  'render',
  'attack',
  'bench',
  'bench/mask',
  'plugins',
  'up',
  'token',
  'cluster',
  'identity-provider',
  'screenshots',
]

const run = (program: string, arg: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '../../hack', program, 'main.ts'), arg], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })

/** These pass options of vitest to it. */
const OF_VITEST = ['test', 'clients']

describe('the programs of hack/', () => {
  it.each([...PROGRAMS, ...OF_VITEST])('hack/%s prints its usage', async (program) => {
    const { code, stdout } = await run(program, '--help')
    expect([code, stdout.slice(0, 7)]).toEqual([0, 'usage: '])
  })
  it.each([...PROGRAMS, ...OF_VITEST])('hack/%s says what is wrong with an argument that it does not take, and ends with code 2', async (program) => {
    const { code, stderr } = await run(program, '--no-such-argument')
    expect(code).toBe(2)
    expect(stderr).toMatch(/no-such-argument[^]*\n\nusage: /)
    expect(stderr).not.toMatch(/\n {4}at /)
  })
})
