import { environment } from '../cluster/environment.ts'
import { startProgram, type Program } from '../cluster/run-program.ts'
import type { Side, Workspace } from './workspace.ts'

export type Talking = { readonly program: string; readonly side: Side; readonly workspace: Workspace }

/** Runs a client interactively. */
export async function talkTo(args: readonly string[], { program, side, workspace }: Talking): Promise<Program> {
  const { binDir } = await environment()
  return startProgram(program, args, {
    cwd: workspace.folder,
    env: {
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: workspace.kubeconfigs[side],
      KUBECACHEDIR: `${workspace.folder}/cache-${side}`,
    },
  })
}
