import { CommandError, EXIT, type ExitCode } from './exit-code.ts'
import { KubectlError, toCommandError } from '../kubectl/kubectl-error.ts'
import type { IO } from './io.ts'

/** Runs a command. Prints an error as one clear message with what to type next, and returns the exit code. */
export async function runCommand(io: IO, command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command()
  } catch (error) {
    const told = error instanceof KubectlError ? toCommandError(error) : error
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
