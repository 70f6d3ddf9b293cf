import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { BodyTooLarge, readBounded } from '../../kube/read-bounded.ts'
import { KubectlError, LOG_LINE, parseKubectlError, WARNING } from './kubectl-error.ts'
import { readStandardError } from './standard-error.ts'

/**
 * The plugins reach the API through kubectl itself, so that every kubeconfig, credential plugin, proxy and gateway works as it does for
 * the user (docs/decisions/0007). Each call starts a process, which takes about 0.1 s.
 */
export type Kubectl = {
  /** GET of a path. @throws KubectlError */
  get<T>(path: string): Promise<T>
  /** POST. @throws KubectlError */
  create<T>(path: string, body: unknown): Promise<T>
  /** PUT. @throws KubectlError */
  replace<T>(path: string, body: unknown): Promise<T>
  /**
   * Runs any other command and returns its standard output. With `partial`, a failure after some output is ignored. `warned` gets each warning of the
   * server instead of the user. @throws KubectlError
   */
  text(args: readonly string[], options?: TextOptions): Promise<string>
  /** Runs a command with the standard input of this process, and without the given flags. Its failure is an outcome. @throws KubectlError when it cannot run */
  command(args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }>
  /** Yields watch events until the server or the signal ends the watch. @throws KubectlError */
  watch<T>(path: string, signal: AbortSignal): AsyncGenerator<T>
}

type TextOptions = { readonly partial?: boolean; readonly input?: string; readonly warned?: (line: string) => void }

export type KubectlOptions = {
  /** From KUBECTL_PATH. Used only when its file name starts with kubectl: kubectl resolves links, so it may be a multi-call binary. */
  readonly path: string | undefined
  readonly flags: readonly string[]
  /** Receives server warnings, and the prompts of a credential plugin. */
  readonly note: (text: string) => void
}

const WARNING_OR_LOG = new RegExp(`${WARNING.source}|${LOG_LINE.source}`, 'gm')
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export const programOf = (path: string | undefined): string => (path !== undefined && /(^|[\\/])kubectl[^\\/]*$/.test(path) ? path : 'kubectl')

const notFound = (error: Error): KubectlError => new KubectlError('NoKubectl', `kubectl cannot be started: ${error.message}`)

async function ended(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.on('error', (error) => reject(notFound(error)))
    child.on('close', (code) => resolve(code ?? -1))
  })
}

/** @throws KubectlError for an output that was not read completely, so that a part of it is never taken for the whole */
async function textOf(output: Promise<Buffer>): Promise<string> {
  try {
    return (await output).toString('utf8')
  } catch (error) {
    throw new KubectlError(
      'Unknown',
      `the server's response ${error instanceof BodyTooLarge ? `is longer than ${MAX_ANSWER_BYTES} bytes` : 'broke off'}`,
    )
  }
}

export function createKubectl({ path, flags, note }: KubectlOptions): Kubectl {
  const program = programOf(path)
  // A user who passes -v wants to see kubectl's log.
  const notedLines = flags.some((flag) => flag.startsWith('--v=') || flag.startsWith('--vmodule=')) ? WARNING_OR_LOG : WARNING

  const run = async (args: readonly string[], { input, partial = false, warned = note }: TextOptions = {}): Promise<string> => {
    const child = spawn(program, [...args, ...flags], { stdio: ['pipe', 'pipe', 'pipe'] })
    const stderr = readStandardError(child.stderr, note)
    const output = readBounded(child.stdout, MAX_ANSWER_BYTES)
    output.catch(() => child.kill())
    child.stdin.on('error', () => undefined) // kubectl exited without reading its input; the exit code says why
    child.stdin.end(input ?? '')
    const code = await ended(child)
    for (const [said] of stderr.all().matchAll(notedLines)) warned(said)
    const stdout = await textOf(output)
    if (code !== 0 && !(partial && stdout !== '')) throw parseKubectlError(stderr.error())
    return stdout
  }
  const json = async <T>(args: readonly string[], body?: unknown): Promise<T> => {
    const answer = await run(args, body === undefined ? {} : { input: JSON.stringify(body) })
    try {
      return JSON.parse(answer) as T
    } catch {
      throw new KubectlError('Unknown', `the server's response is not JSON: ${answer.slice(0, 200)}`)
    }
  }

  return {
    get: (target) => json(['get', '--raw', target]),
    create: (target, body) => json(['create', '--raw', target, '-f', '-'], body),
    replace: (target, body) => json(['replace', '--raw', target, '-f', '-'], body),
    text: (args, options) => run(args, options),
    command: async (args) => {
      const child = spawn(program, [...args], { stdio: ['inherit', 'ignore', 'pipe'] })
      const output = readBounded(child.stderr, MAX_ANSWER_BYTES)
      output.catch(() => child.kill())
      const code = await ended(child)
      return { code, stderr: await textOf(output) }
    },
    watch: async function* <T>(target: string, signal: AbortSignal): AsyncGenerator<T> {
      const patient = flags.filter((flag) => !flag.startsWith('--request-timeout'))
      const child = spawn(program, ['get', '--raw', target, ...patient], { stdio: ['ignore', 'pipe', 'pipe'] })
      const done = ended(child)
      done.catch(() => undefined) // awaited below; must not be an unhandled rejection while lines are read
      const stderr = readStandardError(child.stderr, note)
      const stop = (): void => void child.kill()
      signal.addEventListener('abort', stop, { once: true })
      process.once('exit', stop) // otherwise kubectl would keep watching after this process exits
      if (signal.aborted) stop()
      try {
        for await (const line of createInterface({ input: child.stdout })) if (line !== '') yield JSON.parse(line) as T
        const code = await done
        if (code !== 0 && !signal.aborted) throw parseKubectlError(stderr.error())
      } finally {
        signal.removeEventListener('abort', stop)
        process.off('exit', stop)
        stop()
      }
    },
  }
}
