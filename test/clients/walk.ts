import { environment } from '../cluster/environment.ts'
import { runProgram, type Ran } from '../cluster/run-program.ts'
import { seen, type Seen } from './alike.ts'
import type { Side, Stage } from './stage.ts'

export type Differs = { readonly code: number; readonly stdout: RegExp; readonly stderr: RegExp; readonly why: string }

/** A command as it is typed, without the client's name. Words that it may have: NS, FOLDER, SIDE. */
export type Command = {
  /** Its row in the table. */
  readonly name: string
  readonly args: readonly string[]
  readonly input?: string
  readonly env?: { readonly [name: string]: string }
  /** What the agent sees instead, and why it is not what the admin sees. */
  readonly differs?: Differs
  /** It reports progress, which is never twice the same: its last line and its code count. */
  readonly settles?: true
  /** The client itself may end before it has printed all: its code counts. */
  readonly hasty?: true
  /** The lines of its output, in whichever order. */
  readonly unordered?: true
}

type Where = { readonly program: string; readonly stage: Stage; readonly namespace: string }

export async function runAs(side: Side, command: Command, { program, stage, namespace }: Where): Promise<Ran> {
  const fill = (text: string): string => text.replaceAll('NS', namespace).replaceAll('FOLDER', stage.folder).replaceAll('SIDE', side)
  const { binDir } = await environment()
  return runProgram(program, command.args.map(fill), {
    seconds: 60,
    ...(command.input === undefined ? {} : { input: fill(command.input) }),
    // KUBECACHEDIR: versions of kubectl must not read what another one kept.
    env: {
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: stage.kubeconfigs[side],
      KUBECACHEDIR: `${stage.folder}/cache-${side}`,
      HOME: stage.folder,
      ...command.env,
    },
  })
}

const sorted = (text: string): string => text.split('\n').sort().join('\n')

/** What one side saw of a command, comparable with the other side. */
export async function look(side: Side, command: Command, where: Where): Promise<Seen> {
  const all = seen(await runAs(side, command, where), {
    [where.namespace]: 'NS',
    [where.stage.folder]: 'FOLDER',
    [`-${side}`]: '-SIDE',
    [`/${side}`]: '/SIDE',
  })
  if (command.hasty === true) return { ...all, stdout: '', stderr: '' }
  if (command.settles === true) return { ...all, stdout: all.stdout.trimEnd().split('\n').at(-1) ?? '' }
  return command.unordered === true ? { ...all, stdout: sorted(all.stdout), stderr: sorted(all.stderr) } : all
}
