import { expect, it } from 'vitest'
import { runSteps, stepsOf, type Lane } from '../../../hack/test/lanes.ts'
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

const STEPS = stepsOf({ oneEnvironment: false })

it('sums every lane of every step, and begins a step when the one before has ended', async () => {
  const events: string[] = []
  const run = async ({ name = '' }: Lane) => {
    events.push(`${name} begins`)
    await Promise.resolve()
    events.push(`${name} ends`)
    return { passed: 1, failed: name === 'cluster2' ? 1 : 0 }
  }
  expect(await runSteps(STEPS, run, () => false)).toEqual({ passed: 5, failed: 1 })
  expect(events.slice(0, 3)).toEqual(['unit begins', 'unit ends', 'environment1 begins'])
})

it.each([0, 1])('a run that is stopped after %i steps has failed, although every test that ran has passed', async (steps) => {
  const ran: string[] = []
  const run = async ({ name = '' }: Lane) => {
    ran.push(name)
    return Promise.resolve({ passed: 1, failed: 0 })
  }
  expect(await runSteps(STEPS, run, () => ran.length === steps)).toEqual({ passed: steps, failed: 2 - steps })
  expect(ran).toHaveLength(steps)
})
