import type { Program, Ran } from '../cluster/run-program.ts'

/** The exit code of kubectl when it handles an interrupt. */
const INTERRUPTED = 1

/**
 * Interrupts kubectl and waits for its end. Commands print before they handle interrupts, and some never handle them: an interrupt then
 * kills kubectl, which counts as the same exit code, because what a client printed does not say which of the two it is.
 */
export async function interrupted(running: Program): Promise<Ran> {
  running.interrupt()
  const ran = await running.ended
  return { ...ran, code: ran.signal === 'SIGINT' ? INTERRUPTED : ran.code }
}
