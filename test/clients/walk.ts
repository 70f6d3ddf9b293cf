import { environment } from '../cluster/environment.ts'
import { runProgram, type Ran } from '../cluster/run-program.ts'
import { seen, type Seen } from './alike.ts'
import type { Side, Stage } from './stage.ts'

export type Differs = { readonly code: number; readonly stdout: RegExp; readonly stderr: RegExp; readonly why: string }

/** A command as typed, without the client's name. It may contain the words NS, FOLDER and SIDE. */
export type Command = {
  /** Its row in the table. */
  readonly name: string
  readonly args: readonly string[]
  readonly input?: string
  readonly env?: { readonly [name: string]: string }
  /** What the agent sees instead, and why it differs from what the admin sees. */
  readonly differs?: Differs
  /** It prints progress, which never repeats exactly: compare only its last line and exit code. */
  readonly settles?: true
  /** The client itself may exit before it has printed everything: compare only the exit code. */
  readonly hasty?: true
  /** Compare the lines of its output in any order. */
  readonly unordered?: true
}

type Where = { readonly program: string; readonly stage: Stage; readonly namespace: string }

export async function runAs(side: Side, command: Command, { program, stage, namespace }: Where): Promise<Ran> {
  const fill = (text: string): string => text.replaceAll('NS', namespace).replaceAll('FOLDER', stage.folder).replaceAll('SIDE', side)
  const { binDir } = await environment()
  return runProgram(program, command.args.map(fill), {
    seconds: 60,
    ...(command.input === undefined ? {} : { input: fill(command.input) }),
    // KUBECACHEDIR: versions of kubectl must not read each other's caches.
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

/** What one side saw of a command, in a form that can be compared with the other side. */
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
