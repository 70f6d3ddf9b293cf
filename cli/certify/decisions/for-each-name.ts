import { EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { runCommand } from '../../terminal/run-command.ts'
import type { IO } from '../../terminal/io.ts'

/** Runs a command for every name, even after a failure. Returns the exit code of the first that failed. */
export async function forEachName(io: IO, names: readonly string[], command: (name: string) => Promise<ExitCode>): Promise<ExitCode> {
  let first: ExitCode = EXIT.granted
  for (const name of names) {
    const code = await runCommand(io, () => command(name))
    if (first === EXIT.granted) first = code
  }
  return first
}
