import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runProgram } from '../../cluster/run-program.ts'

const PROGRAM = join(import.meta.dirname, '../../../hack/browser/without-netlink.py')

/** The C library asks for interfaces over netlink. */
const ASK = `
  const { networkInterfaces } = require('node:os')
  try { networkInterfaces(); console.log('interfaces') } catch { console.log('no interfaces') }
  require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log('listens'); this.close() })
`

it.each([
  ['with it', PROGRAM, 'no interfaces\nlistens\n'],
  ['without it', process.execPath, 'interfaces\nlistens\n'],
])('a program %s', async (_, program, wanted) => {
  const { code, stdout, stderr } = await runProgram(program, ['-e', ASK], { env: { ...process.env, PROGRAM: process.execPath } })
  expect([code, stdout, stderr]).toEqual([0, wanted, ''])
})
it('passes on the arguments and the exit code', async () => {
  const { code } = await runProgram(PROGRAM, ['-c', 'exit 7'], { env: { ...process.env, PROGRAM: '/bin/sh' } })
  expect(code).toBe(7)
})
