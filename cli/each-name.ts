import { EXIT, type ExitCode } from './exit-code.ts'
import { endOf } from './end-of.ts'
import type { World } from './world.ts'

/** Runs a command for each name, the rest too when one fails. Gives the exit code of the first that failed. */
export async function eachName(world: World, names: readonly string[], command: (name: string) => Promise<ExitCode>): Promise<ExitCode> {
  let first: ExitCode = EXIT.granted
  for (const name of names) {
    const code = await endOf(world, () => command(name))
    if (first === EXIT.granted) first = code
  }
  return first
}
