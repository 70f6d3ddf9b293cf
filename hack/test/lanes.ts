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
 * What `npm test` runs at the same time. Most tests of a cluster wait for it, and few use a core. So two processes share the files that need
 * one, each with an environment of its own, while unit tests use the rest of the machine. An environment that already runs is only one, and
 * its tests run one file after another.
 */
export const lanesOf = ({ oneEnvironment }: { readonly oneEnvironment: boolean }): readonly Lane[] => [
  ...(oneEnvironment ? [whole('environment')] : sharded('environment')),
  ...sharded('cluster'),
  whole('unit'),
]
