import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { shellWord } from '../../../domain/shell-word.ts'
import { OWN_ERROR, parseKubectlError } from '../../kubectl/kubectl-error.ts'
import { passedOn } from '../../kubectl/kubectl-flags.ts'
import { readRequest } from '../../kubectl/read-access-request.ts'
import { parseDuration } from '../../terminal/duration.ts'
import { CommandError, EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { shortName, type ObjectFormat } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import { agentOf } from './agent-flags.ts'
import { askServerFlags, type Words } from './ask-server.ts'
import { commandOf, withFlags } from './command-words.ts'
import { readAnswers, type Answers } from './read-answers.ts'

/** Requests of operations. `command`: what to type when they are approved. */
export type AskedFirst = { readonly requests: readonly AccessRequest[]; readonly command: string; readonly code: ExitCode }

function wordsOf(flags: ParsedFlags): Words {
  const duration = lastOf(flags, 'duration')
  const words = {
    reason: lastOf(flags, 'reason'),
    ticket: lastOf(flags, 'ticket'),
    agent: agentOf(flags),
    durationSeconds: duration === undefined ? undefined : parseDuration('--duration', duration),
  }
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined))
}

/** @throws CommandError when the server takes no operations that are only asked for; KubectlError */
function refuse(code: number, stderr: string): void {
  if (code === 0) return
  const error = parseKubectlError(stderr)
  if (error.reason !== 'NotFound' || !error.message.includes('requested resource')) throw error
  throw new CommandError(
    EXIT.unexpected,
    'this server does not take operations that are asked for first; nothing was run',
    'use a kubeconfig that points to the gateway of jit-access, of the same version as this plugin: --kubeconfig or --context',
  )
}

/** How long `kubectl wait` waits: until the request expires. */
function waitSeconds({ status }: AccessRequest, nowMs: number): number {
  const left = Math.ceil((Date.parse(status?.expiresAt ?? '') - nowMs) / 1000)
  return left > 0 ? left : 900
}

function printRequests(io: IO, requests: readonly AccessRequest[], { waiting }: Answers): void {
  for (const request of requests) {
    const made = waiting.some(({ name, made: isNew }) => isNew && name === request.metadata.name)
    const what = oneLine(request.spec.operation?.summary ?? '')
    io.print(`${shortName(request)} ${made ? 'created' : 'found: asked before'}${what === '' ? '' : `: ${what}`}\n`)
  }
}

/** With `--wait`, the decision is printed instead. */
function noteNext(io: IO, requests: readonly AccessRequest[], command: string): void {
  io.note('nothing was run; to wait for the approval:')
  for (const request of requests)
    io.note(`  kubectl wait --for=condition=Approved accessrequest/${request.metadata.name} --timeout=${waitSeconds(request, io.clock.nowMs())}s`)
  io.note(`then run, once:\n  ${command}`)
}

function printAll(io: IO, format: ObjectFormat, requests: readonly AccessRequest[]): void {
  const [first] = requests
  if (format === 'name') for (const request of requests) printAs(io, format, request)
  else if (requests.length === 1 && first !== undefined) printAs(io, format, first)
  else {
    const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: requests }
    printAs(io, format, list)
  }
}

/** The command is printed, so it names no credential. */
const withoutSecret = (flag: string): string => flag.replace(/^--(token|password)=.*$/s, (_, name: string) => `--${name}=${name.toUpperCase()}`)

/**
 * `kubectl create accessrequest --operation` and `--for -- kubectl …`: runs the kubectl command below the gateway's prefix /ask, where nothing is run
 * and each operation that needs an approval is filed as a request.
 * @throws CommandError, KubectlError when nothing was filed
 */
export async function askFirst(
  io: IO,
  flags: ParsedFlags,
  by: { readonly format: ObjectFormat | undefined; readonly wait: boolean },
): Promise<AskedFirst> {
  const args = commandOf(flags)
  const own = passedOn(flags)
  const server = await askServerFlags(io.kubectl, wordsOf(flags))
  const { code, stderr } = await io.kubectl.command(withFlags(args, [...own, ...server]))
  const answers = readAnswers(stderr)
  const command = ['kubectl', ...withFlags(args, own.map(withoutSecret))].map(shellWord).join(' ')
  const isAnswered = answers.waiting.length + answers.allowed.length > 0
  if (!isAnswered) refuse(code, stderr)
  const requests: AccessRequest[] = []
  for (const { name } of answers.waiting) requests.push(await readRequest(io, name))
  if (by.format === undefined) printRequests(io, requests, answers)
  else if (!by.wait) printAll(io, by.format, requests)
  for (const line of [...answers.allowed, ...answers.other]) io.note(oneLine(line))
  if (!isAnswered) io.note('nothing was run: the command changes nothing that needs an approval')
  if (requests.length > 0 && !by.wait) noteNext(io, requests, command)
  return { requests, command, code: answers.other.some((line) => OWN_ERROR.test(line)) ? EXIT.refused : EXIT.granted }
}
