import { CommandError, EXIT, type ExitCode } from './exit-code.ts'
import { KubectlError, tellKubectlError } from '../kubectl/kubectl-error.ts'
import type { IO } from './io.ts'

/** Runs a command and says what went wrong in one clear line, with the next thing to type. */
export async function endOf(io: IO, command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command()
  } catch (error) {
    const told = error instanceof KubectlError ? tellKubectlError(error) : error
    io.progress('')
    if (!(told instanceof CommandError)) {
      io.note(`error: ${told instanceof Error ? told.message : String(told)}`)
      return EXIT.unexpected
    }
    io.note(`error: ${told.message}`)
    if (told.next !== undefined) io.note(`  ${told.next}`)
    return told.code
  }
}
