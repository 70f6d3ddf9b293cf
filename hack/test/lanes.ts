import { sumOf, type Tally } from './tally.ts'

/** One process of vitest: its arguments and the name in front of its lines, if others run beside it. */
export type Lane = { readonly name?: string; readonly args: readonly string[] }

const SHARDS = 2

const whole = (project: string): Lane => ({ name: project, args: ['--project', project] })
const sharded = (project: string): readonly Lane[] =>
  Array.from({ length: SHARDS }, (_, at) => ({
    name: `${project}${at + 1}`,
    args: ['--project', project, `--shard=${at + 1}/${SHARDS}`],
  }))

/**
 * What `npm test` runs: the lanes of a step at the same time, and one step after the other. Unit tests have the machine for themselves, since some of them
 * play clients that are too slow. Most tests of a cluster wait for it, and few use a core. So two processes share the files that need one, each with an
 * environment of its own. An environment that already runs is only one, and its tests run one file after another.
 */
export const stepsOf = ({ oneEnvironment }: { readonly oneEnvironment: boolean }): readonly (readonly Lane[])[] => [
  [whole('unit')],
  [...(oneEnvironment ? [whole('environment')] : sharded('environment')), ...sharded('cluster')],
]

/** Runs the steps, and sums what they counted. A run that is stopped before a step counts a failure for it, whatever ended before. */
export async function runSteps(steps: readonly (readonly Lane[])[], run: (lane: Lane) => Promise<Tally>, isStopped: () => boolean): Promise<Tally> {
  const tallies: Tally[] = []
  for (const lanes of steps) tallies.push(...(isStopped() ? [{ passed: 0, failed: 1 }] : await Promise.all(lanes.map(run))))
  return sumOf(tallies)
}
