import { expect, it } from 'vitest'
import { lanesOf } from '../../../hack/test/lanes.ts'
import { isFailure } from '../../../hack/test/failures.ts'

const projects = (oneEnvironment: boolean) => lanesOf({ oneEnvironment }).map(({ args }) => args.join(' '))

it('runs every project, those that need a cluster in two processes', () =>
  expect(projects(false)).toEqual([
    '--project environment --shard=1/2',
    '--project environment --shard=2/2',
    '--project cluster --shard=1/2',
    '--project cluster --shard=2/2',
    '--project unit',
  ]))

it('shares one environment that already runs with one process only', () =>
  expect(projects(true)).toEqual(['--project environment', '--project cluster --shard=1/2', '--project cluster --shard=2/2', '--project unit']))

it('has names that the lines of failures keep', () => {
  for (const { name } of lanesOf({ oneEnvironment: false })) expect(isFailure(`${name}: FAILED test/a.test.ts`)).toBe(true)
})
