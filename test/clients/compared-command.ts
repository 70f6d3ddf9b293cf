import { environment } from '../cluster/environment.ts'
import { startProgram, type Ran } from '../cluster/run-program.ts'
import { interrupted } from './interrupted.ts'
import { seen, type Seen } from './alike.ts'
import { until } from '../until.ts'
import { admin, type Side, type Workspace } from './workspace.ts'

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
  /** Compare the lines of its output in any order. */
  readonly unordered?: true
  /** Compare which lines it prints, not how often: it repeats some until a timeout. */
  readonly repeats?: true
  /** It has no end: interrupt it when its output matches this. */
  readonly interruptAfter?: RegExp
  /** It reads what the Deployment controller writes: run it when the controller has observed the last change. */
  readonly observed?: true
}

type Where = { readonly program: string; readonly workspace: Workspace; readonly namespace: string }

export async function runAs(side: Side, command: Command, { program, workspace, namespace }: Where): Promise<Ran> {
  const fill = (text: string): string => text.replaceAll('NS', namespace).replaceAll('FOLDER', workspace.folder).replaceAll('SIDE', side)
  const { binDir } = await environment()
  if (command.observed === true) await observed(namespace)
  const running = startProgram(program, command.args.map(fill), {
    // KUBECACHEDIR: versions of kubectl must not read each other's caches.
    env: {
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: workspace.kubeconfigs[side],
      KUBECACHEDIR: `${workspace.folder}/cache-${side}`,
      HOME: workspace.folder,
      ...command.env,
    },
  })
  if (command.input !== undefined) running.write(fill(command.input))
  running.endInput()
  if (command.interruptAfter === undefined) return running.ended
  await running.says(command.interruptAfter).catch((error: unknown) => {
    running.interrupt()
    throw error
  })
  return interrupted(running)
}

type Deployments = {
  readonly items: readonly { readonly metadata: { readonly generation: number }; readonly status?: { readonly observedGeneration?: number } }[]
}

/** Waits until the controller has observed the last change of every Deployment: it has created or scaled the ReplicaSets then. */
const observed = (namespace: string): Promise<true> =>
  until('Deployments are observed', async () => {
    const { items } = JSON.parse(await admin(['-n', namespace, 'get', 'deployments', '-o', 'json'])) as Deployments
    return items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation)
  })

const sorted = (text: string): string => text.split('\n').sort().join('\n')
const unique = (text: string): string => [...new Set(text.split('\n'))].sort().join('\n')

/** What one side saw of a command, in a form that can be compared with the other side. */
export async function look(side: Side, command: Command, where: Where): Promise<Seen> {
  const all = seen(await runAs(side, command, where), {
    [where.namespace]: 'NS',
    [where.workspace.folder]: 'FOLDER',
    [`-${side}`]: '-SIDE',
    [`/${side}`]: '/SIDE',
  })
  if (command.settles === true) return { ...all, stdout: all.stdout.trimEnd().split('\n').at(-1) ?? '' }
  if (command.repeats === true) return { ...all, stdout: unique(all.stdout), stderr: unique(all.stderr) }
  return command.unordered === true ? { ...all, stdout: sorted(all.stdout), stderr: sorted(all.stderr) } : all
}
