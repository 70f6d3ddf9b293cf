/** One process of vitest: its arguments and the name in front of its lines. */
export type Lane = { readonly name: string; readonly args: readonly string[] }

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
