import { spawn } from 'node:child_process'
import { environment } from '../cluster/environment.ts'
import type { Side, Stage } from './stage.ts'
import { until } from './stage.ts'

export type Talk = {
  /** All of its output so far: both streams, in order of arrival. */
  readonly printed: () => string
  readonly says: (text: string) => Promise<void>
  readonly write: (text: string) => void
  readonly endInput: () => void
  readonly stop: () => void
  readonly ended: Promise<number>
}

export type Talking = { readonly program: string; readonly side: Side; readonly stage: Stage; readonly seconds?: number }

/** Runs a program interactively. Kills it after `seconds`, by default 40. */
export async function talkTo(args: readonly string[], { program, side, stage, seconds = 40 }: Talking): Promise<Talk> {
  const { binDir } = await environment()
  const child = spawn(program, args, {
    cwd: stage.folder,
    env: {
      ...process.env,
      PATH: `${binDir}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: stage.kubeconfigs[side],
      KUBECACHEDIR: `${stage.folder}/cache-${side}`,
    },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stdin.on('error', () => undefined) // it may have exited
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve(code ?? -1)
    })
  })
  return {
    printed: () => text,
    says: (word) =>
      until(`it says ${JSON.stringify(word)}`, 20, () => Promise.resolve(text.includes(word))).catch((error: unknown) => {
        throw new Error(`it said ${JSON.stringify(text)}`, { cause: error })
      }),
    write: (words) => void child.stdin.write(words),
    endInput: () => void child.stdin.end(),
    stop: () => void child.kill('SIGINT'),
    ended,
  }
}
