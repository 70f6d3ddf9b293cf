import { passedOn } from '../kubectl/kubectl-flags.ts'
import { CommandError, type ExitCode } from './exit-code.ts'
import { endOnSignal } from './end-on-signal.ts'
import { parseFlags, type FlagTable, type ParsedFlags } from './parse-flags.ts'
import { runCommand } from './run-command.ts'
import { ioOf } from './terminal.ts'
import type { IO } from './io.ts'

export type Plugin = { readonly flags: FlagTable; readonly run: (io: IO, flags: ParsedFlags) => Promise<ExitCode> }

/** Returns the error instead, because the IO that prints it is made from the flags. */
function tryParse(table: FlagTable, args: readonly string[]): ParsedFlags | CommandError {
  try {
    return parseFlags(table, args)
  } catch (error) {
    if (error instanceof CommandError) return error
    throw error
  }
}

/** Runs a plugin as this process. Its command line is parsed once: for the command, and for the flags that kubectl gets. */
export async function runPlugin(plugin: Plugin, process: NodeJS.Process, kubectlPath: string | undefined): Promise<void> {
  const parsed = tryParse(plugin.flags, process.argv.slice(2))
  const kubectlFlags = parsed instanceof CommandError ? [] : passedOn(parsed)
  const io = ioOf({ streams: process, kubectlPath, kubectlFlags, onInterrupt: endOnSignal(process) })
  process.stdout.on('error', () => process.exit(1)) // a closed pipe: the result is not read any more
  process.exitCode = await runCommand(io, async () => {
    if (parsed instanceof CommandError) throw parsed
    return await plugin.run(io, parsed)
  })
}
