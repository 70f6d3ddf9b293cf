import { EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { runCommand } from '../../terminal/run-command.ts'
import type { IO } from '../../terminal/io.ts'

/**
 * Runs a command for every name, even after a failure. Returns the exit code of the first that failed if all failed, and `partlyFailed` if only some
 * did.
 */
export async function forEachName(io: IO, names: readonly string[], command: (name: string) => Promise<ExitCode>): Promise<ExitCode> {
  const codes: ExitCode[] = []
  for (const name of names) codes.push(await runCommand(io, () => command(name)))
  const failed = codes.filter((code) => code !== EXIT.granted)
  return failed.length > 0 && failed.length < codes.length ? EXIT.partlyFailed : (failed[0] ?? EXIT.granted)
}
