import { environment } from '../cluster/environment.ts'
import { startProgram, type Program } from '../cluster/run-program.ts'
import type { Side, Stage } from './stage.ts'

export type Talking = { readonly program: string; readonly side: Side; readonly stage: Stage }

/** Runs a client interactively. */
export async function talkTo(args: readonly string[], { program, side, stage }: Talking): Promise<Program> {
  const { binDir } = await environment()
  return startProgram(program, args, {
    cwd: stage.folder,
    env: {
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: stage.kubeconfigs[side],
      KUBECACHEDIR: `${stage.folder}/cache-${side}`,
    },
  })
}
