import { parseArgs, type ParseArgsConfig } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>
type Read<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true; allowNegative: true }>>

/** For programs that pass their arguments on: `--help` and `-h` print the usage and exit with code 0. */
export function printHelp(usage: string, args: readonly string[] = process.argv.slice(2)): void {
  if (!args.includes('--help') && !args.includes('-h')) return
  process.stdout.write(usage)
  process.exit(0)
}

/**
 * The arguments of a program of this folder. `--help` prints the usage and exits with code 0. An argument that the program does not take
 * prints what is wrong and the usage, and exits with code 2. `usage` ends with a line break. `words`: whether the program takes words
 * without dashes. Optional. Defaults to false. `args`: the arguments. Optional. Defaults to those of the process.
 */
export function readArguments<const O extends Options>(
  usage: string,
  options: O,
  { words = false, args = process.argv.slice(2) }: { readonly words?: boolean; readonly args?: string[] } = {},
): Read<O> & { readonly fail: (why: string) => never } {
  const fail = (why: string): never => {
    process.stderr.write(`${why}\n\n${usage}`)
    process.exit(2)
  }
  try {
    const help = { type: 'boolean', short: 'h' } as const
    const read = parseArgs({ args, options: { ...options, help }, allowPositionals: words, allowNegative: true })
    if ((read.values as { readonly help?: boolean }).help === true) {
      process.stdout.write(usage)
      process.exit(0)
    }
    return { ...read, fail }
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}
