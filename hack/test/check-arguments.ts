import { spawnSync } from 'node:child_process'
import { printHelp } from '../read-arguments.ts'
import { VITEST } from './lane.ts'

const plain = (name: string): string => name.replaceAll('-', '').toLowerCase()

/** The names of all options of vitest, without dashes: it accepts `--test-name-pattern` for `--testNamePattern`. */
function optionsOfVitest(): ReadonlySet<string> {
  const [node = '', ...vitest] = VITEST
  const { stdout } = spawnSync(node, [...vitest, '--help', '--expand-help'], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
  return new Set([...stdout.matchAll(/(?<=[\s,])--?([a-zA-Z][\w.-]*)/g)].map(([, name = '']) => plain(name.replace(/^no-/, ''))))
}

/**
 * For programs that pass their arguments to vitest, which answers an option that it does not know with a stack trace. `--help` prints the usage and exits
 * with code 0. An unknown option prints its name and the usage, and exits with code 2.
 */
export function checkArguments(usage: string, args: readonly string[] = process.argv.slice(2)): void {
  printHelp(usage, args)
  const options = args.filter((arg) => /^--?[a-z]/i.test(arg))
  if (options.length === 0) return
  const known = optionsOfVitest()
  const strange = options.find((option) => !known.has(plain(/^--?(?:no-)?([^=.]*)/.exec(option)?.[1] ?? '')))
  if (strange === undefined) return
  process.stderr.write(`Unknown option '${strange}'\n\n${usage}`)
  process.exit(2)
}
