import { KubectlError } from '../../cli/kubectl/kubectl-error.ts'
import type { Kubectl } from '../../cli/kubectl/kubectl.ts'
import type { IO } from '../../cli/terminal/io.ts'

/** Answers of a fake cluster, by method and path without the query. Throw a KubectlError to refuse. */
export type Answers = { readonly [call: string]: (body: never, path: string) => unknown }

export type FakeIO = IO & {
  readonly printed: () => string
  readonly noted: () => string
  /** Every call in order, as `METHOD path`. */
  readonly calls: readonly string[]
  /** Presses Ctrl-C. */
  readonly interrupt: () => void
  /** Answers to the next prompts. */
  readonly replies: string[]
}

export const nowMs = Date.parse('2026-11-25T12:00:00Z')

/** A terminal and a cluster in memory. Calls without an answer fail with NotFound. Without `replies` there is no interactive terminal. */
export function fakeIO(
  answers: Answers = {},
  options: { readonly replies?: readonly string[]; readonly files?: { [name: string]: string } } = {},
): FakeIO {
  const calls: string[] = []
  const interrupts: (() => void)[] = []
  const replies = [...(options.replies ?? [])]
  let printed = ''
  let noted = ''
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const [plain = ''] = path.split('?')
    calls.push(`${method} ${plain}`)
    const answer = answers[`${method} ${plain}`]
    if (answer === undefined) throw new KubectlError('NotFound', `${plain} not found`)
    return await answer(body as never, path)
  }
  const kubectl: Kubectl = {
    get: async <T>(path: string) => (await call('GET', path)) as T,
    create: async <T>(path: string, body: unknown) => (await call('POST', path, body)) as T,
    replace: async <T>(path: string, body: unknown) => (await call('PUT', path, body)) as T,
    command: async (args) => (await call('COMMAND', args[0] ?? '', args)) as { code: number; stderr: string },
    text: async (args) => String(await call('TEXT', args[0] ?? '', args)),
    watch: async function* <T>(path: string) {
      for (const event of (await call('WATCH', path)) as readonly T[]) yield event
    },
  }
  return {
    clock: { nowMs: () => nowMs },
    kubectl,
    print: (text) => (printed += text),
    note: (text) => (noted += `${text}\n`),
    progress: () => undefined,
    ask: options.replies === undefined ? undefined : (question) => ((noted += question), Promise.resolve(replies.shift() ?? '')),
    onInterrupt: (handler) => {
      interrupts.push(handler)
      return () => {}
    },
    interrupt: () => interrupts.at(-1)?.(),
    read: (file) => Promise.resolve(options.files?.[file] ?? ''),
    printed: () => printed,
    noted: () => noted,
    calls,
    replies,
  }
}
