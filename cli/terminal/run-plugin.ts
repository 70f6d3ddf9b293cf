import { passedOn } from '../kubectl/kubectl-flags.ts'
import { CommandError, type ExitCode } from './exit-code.ts'
import { endOnSignal } from './end-on-signal.ts'
import { parseFlags, type FlagTable, type ParsedFlags } from './parse-flags.ts'
import { runCommand } from './run-command.ts'
import { ioOf } from './terminal.ts'
import type { IO } from './io.ts'

export type Plugin = {
  readonly flags: FlagTable
  readonly run: (io: IO, flags: ParsedFlags) => Promise<ExitCode>
  /** Completes the last of the words. Optional. Defaults to no completion. */
  readonly complete?: (io: IO, args: readonly string[]) => Promise<void>
}

/** The first word with which a shell asks for completions. What follows is not a finished command line, so it is not parsed as one. */
const COMPLETE = '__complete'

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
  const args = process.argv.slice(2)
  const isCompletion = plugin.complete !== undefined && args[0] === COMPLETE
  const parsed = tryParse(plugin.flags, isCompletion ? args.slice(1, -1) : args)
  const kubectlFlags = parsed instanceof CommandError ? [] : passedOn(parsed)
  const io = ioOf({ streams: process, kubectlPath, kubectlFlags, onInterrupt: endOnSignal(process) })
  process.stdout.on('error', () => process.exit(1)) // a closed pipe: the result is not read any more
  if (isCompletion) return await plugin.complete?.(io, args.slice(1))
  process.exitCode = await runCommand(io, async () => {
    if (parsed instanceof CommandError) throw parsed
    return await plugin.run(io, parsed)
  })
}
