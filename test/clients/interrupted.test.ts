import { expect, it } from 'vitest'
import { startProgram } from '../cluster/run-program.ts'
import { interrupted } from './interrupted.ts'

/** The exit code of a shell that prints, and then gets an interrupt. */
async function codeOf(script: string): Promise<number> {
  const running = startProgram('bash', ['-c', script])
  await running.says('begun')
  return (await interrupted(running)).code
}

it('an interrupt that kills counts as the exit code of kubectl when it handles one', async () => {
  expect(await codeOf('echo begun; exec sleep 60')).toBe(1)
})
it('every other end is told apart from it', async () => {
  expect(await codeOf('trap "exit 3" INT; echo begun; while :; do sleep 0.1; done')).toBe(3)
  expect(await codeOf('trap "kill -KILL $$" INT; echo begun; while :; do sleep 0.1; done')).toBe(-1)
  expect(await codeOf('trap "exit 0" INT; echo begun; while :; do sleep 0.1; done')).toBe(0)
})
