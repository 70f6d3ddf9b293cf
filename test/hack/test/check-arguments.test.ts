import { expect, it, vi } from 'vitest'
import { checkArguments } from '../../../hack/test/check-arguments.ts'

/** The exit code with which a program ends at these arguments, or `goes on`. */
function endOf(...args: readonly string[]): unknown {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
  checkArguments('usage: test\n', args)
  return exit.mock.calls[0]?.[0] ?? 'goes on'
}

it.each([
  [['test/domain']],
  [['-t', 'a name', '--project', 'unit']],
  [['--test-name-pattern=a', '--no-coverage', '--sequence.seed=1', '--shard=1/2', 'test/domain']],
])('takes files and options of vitest in every spelling: %j', (args) => expect(endOf(...args)).toBe('goes on'))

it.each([[['--test-name-patern=a']], [['test/domain', '--projects', 'unit']], [['-z']]])('refuses an option that vitest does not have: %j', (args) =>
  expect(endOf(...args)).toBe(2),
)
