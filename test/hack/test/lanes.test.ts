import { expect, it } from 'vitest'
import { stepsOf } from '../../../hack/test/lanes.ts'
import { isFailure } from '../../../hack/test/failures.ts'

const projects = (oneEnvironment: boolean) => stepsOf({ oneEnvironment }).map((lanes) => lanes.map(({ args }) => args.join(' ')))

it('runs unit tests alone, and then every project that needs a cluster in two processes', () =>
  expect(projects(false)).toEqual([
    ['--project unit'],
    ['--project environment --shard=1/2', '--project environment --shard=2/2', '--project cluster --shard=1/2', '--project cluster --shard=2/2'],
  ]))

it('shares one environment that already runs with one process only', () =>
  expect(projects(true)).toEqual([['--project unit'], ['--project environment', '--project cluster --shard=1/2', '--project cluster --shard=2/2']]))

it('has names that the lines of failures keep', () => {
  for (const { name } of stepsOf({ oneEnvironment: false }).flat()) expect(isFailure(`${name}: FAILED test/a.test.ts`)).toBe(true)
})
