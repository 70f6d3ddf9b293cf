import { CommandError, EXIT, type ExitCode } from './exit-code.ts'
import { KubectlError, tellKubectlError } from './kubectl-error.ts'
import type { World } from './world.ts'

/** Runs a command and says what went wrong in one clear line, with the next thing to type. */
export async function endOf(world: World, command: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command()
  } catch (error) {
    const told = error instanceof KubectlError ? tellKubectlError(error) : error
    world.progress('')
    if (!(told instanceof CommandError)) {
      world.note(`error: ${told instanceof Error ? told.message : String(told)}`)
      return EXIT.unexpected
    }
    world.note(`error: ${told.message}`)
    if (told.next !== undefined) world.note(`  ${told.next}`)
    return told.code
  }
}
