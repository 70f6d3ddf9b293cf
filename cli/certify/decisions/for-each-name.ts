import { EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { endOf } from '../../terminal/run-command.ts'
import type { IO } from '../../terminal/io.ts'

/** Runs a command for each name, the rest too when one fails. Gives the exit code of the first that failed. */
export async function eachName(io: IO, names: readonly string[], command: (name: string) => Promise<ExitCode>): Promise<ExitCode> {
  let first: ExitCode = EXIT.granted
  for (const name of names) {
    const code = await endOf(io, () => command(name))
    if (first === EXIT.granted) first = code
  }
  return first
}
