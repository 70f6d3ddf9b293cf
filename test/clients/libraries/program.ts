import { runProgram } from '../../cluster/run-program.ts'
import { withoutChance } from '../alike.ts'
import type { Side, Workspace } from '../workspace.ts'

type Program = { readonly path: string; readonly args?: readonly string[]; readonly env?: { readonly [name: string]: string } }

/** The output of a program of hack/clients that exercises a library: a line of JSON for each operation. @throws Error if it fails */
export async function runWalk(side: Side, { path, args = [], env = {} }: Program, workspace: Workspace): Promise<ReadonlyMap<string, string>> {
  const { shared, own, kubeconfigs } = workspace
  const ran = await runProgram(path, [...args, kubeconfigs[side], shared, own[side]], { seconds: 280, env })
  if (ran.code !== 0) throw new Error(ran.stderr)
  const lines = ran.stdout.trim().split('\n')
  return new Map(
    lines.map((line) => {
      const { operation, ...rest } = JSON.parse(line) as { readonly operation: string }
      return [operation, withoutChance(JSON.stringify(rest, null, 1), { [own[side]]: 'NS' })]
    }),
  )
}
