import type { AccessRequest } from '../../domain/api/access-request.ts'
import { askFirst } from './ask-first/ask-first.ts'
import { asksFirst } from './ask-first/command-words.ts'
import { manifestOf, type Ask } from './request-draft.ts'
import { askOf } from './request-of-flags.ts'
import { CREATE_HELP } from './help.ts'
import { parseDuration } from '../terminal/duration.ts'
import { EXIT, usage, type ExitCode } from '../terminal/exit-code.ts'
import { fileRequest, type FilingResult } from './file-request.ts'
import { formatOf, shortName, type ObjectFormat } from '../terminal/output-formats.ts'
import { printAs } from '../terminal/print-as.ts'
import { countOf, lastOf, switchedOn, type ParsedFlags } from '../terminal/parse-flags.ts'
import { readOwnGrant } from '../kubectl/read-grant.ts'
import { outcomeOf } from '../format/outcome.ts'
import { extendOf } from './extend/extend-flag.ts'
import { formatVerdict } from '../format/verdict.ts'
import { afterInterrupt, interruptible } from '../kubectl/withdraw-on-interrupt.ts'
import { RequestGone, stillWaiting, waitForDecision } from './wait-for-decision.ts'
import type { IO } from '../terminal/io.ts'

type Options = {
  readonly format: ObjectFormat | undefined
  readonly dryRun: 'none' | 'client' | 'server'
  readonly wait: boolean
  readonly timeoutSeconds: number
  readonly name: string | undefined
  readonly key: string | undefined
}

function dryRunOf(flags: ParsedFlags): Options['dryRun'] {
  const value = lastOf(flags, 'dry-run') ?? 'none'
  if (value === 'none' || value === 'client' || value === 'server') return value
  throw usage(`--dry-run=${value}: must be one of none, client, server`)
}

/** Validates everything that does not need the server, so that wrong usage fails before any call. */
function optionsOf(flags: ParsedFlags): Options {
  const [name, ...more] = flags.words
  if (more.length > 0) throw usage(`at most one NAME is allowed, also got ${more.join(' ')}`, "quote a flag's value that contains spaces")
  const timeout = lastOf(flags, 'timeout')
  const wait = switchedOn(flags, 'wait')
  if (timeout !== undefined && !wait) throw usage('--timeout requires --wait', 'add --wait')
  countOf(flags, 'uses')
  const timeoutSeconds = timeout === undefined || timeout === '0' ? Infinity : parseDuration('--timeout', timeout)
  return { format: formatOf(lastOf(flags, 'output')), dryRun: dryRunOf(flags), wait, timeoutSeconds, name, key: lastOf(flags, 'idempotency-key') }
}

function printClientDryRun(io: IO, ask: Ask, options: Options): ExitCode {
  const object = manifestOf(ask, options.name ?? 'named-when-filed', 'set-when-filed')
  printAs(io, options.format ?? 'yaml', object)
  return EXIT.granted
}

function printFiled(io: IO, { request, made }: FilingResult, options: Options): void {
  if (options.format !== undefined) return
  const suffix = options.dryRun === 'server' ? ' (server dry run)' : ''
  io.print(`${shortName(request)} ${made ? 'created' : 'found: asked before'}${suffix}\n`)
}

/** What to type next when the request gives no access. */
const retryHint = ({ name, key }: Options): string =>
  name === undefined && key === undefined ? 'to ask again: run the same command again' : 'to ask again: choose another NAME or --idempotency-key'

async function printOutcome(io: IO, request: AccessRequest, options: Options): Promise<ExitCode> {
  // A dry run makes no grant.
  const grant = options.dryRun === 'none' ? await readOwnGrant(io, request) : undefined
  const { code, line } = outcomeOf(request, io.clock.nowMs(), grant)
  if (options.format !== undefined) printAs(io, options.format, request)
  if (options.format === undefined) io.print(options.dryRun === 'none' ? `${line}\n` : formatVerdict(request, io.clock.nowMs()))
  if (code !== EXIT.granted && (options.format !== undefined || options.dryRun !== 'none')) io.note(line)
  if (code !== EXIT.granted) io.note(`  ${retryHint(options)}`)
  return code
}

/** Waits for the decision. With --output, prints the request as last seen even when the wait fails; a deleted request is not printed. */
type Wait = { readonly options: Options; readonly deadline: number; readonly interrupted: AbortSignal }

async function waitFor(io: IO, filed: AccessRequest, { options, deadline, interrupted }: Wait): Promise<ExitCode> {
  let last = filed
  const wait = { deadline, interrupted, seen: (request: AccessRequest) => (last = request) }
  const outcome = await waitForDecision(io, filed, wait).catch((error: unknown) => {
    if (options.format !== undefined && !(error instanceof RequestGone)) printAs(io, options.format, last)
    throw error
  })
  if (!outcome.late) return await printOutcome(io, outcome.request, options)
  if (options.format !== undefined) printAs(io, options.format, outcome.request)
  if (interrupted.aborted) return EXIT.interrupted
  throw stillWaiting(outcome.request)
}

/** Waits for the decision on one request after the other. Returns the exit code of the first that gives no access. */
async function waitForAll(
  io: IO,
  requests: readonly AccessRequest[],
  by: { readonly options: Options; readonly deadline: number },
): Promise<ExitCode> {
  return await interruptible(io, async (interrupted) => {
    let first: ExitCode = EXIT.granted
    for (const [index, request] of requests.entries()) {
      const code = await waitFor(io, request, { ...by, interrupted })
      if (interrupted.aborted) return await afterInterrupt(io, requests.slice(index))
      if (first === EXIT.granted) first = code
    }
    return first
  })
}

/** Asks for exact operations, which are not run. @throws CommandError, KubectlError */
async function createForOperations(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const started = io.clock.nowMs()
  const options = optionsOf({ ...flags, words: [] })
  const { requests, command, code } = await askFirst(io, flags, options)
  if (!options.wait || requests.length === 0) return code
  const decided = await waitForAll(io, requests, { options, deadline: started + options.timeoutSeconds * 1000 })
  if (decided === EXIT.granted) io.note(`now run, once:\n  ${command}`)
  return code === EXIT.granted ? decided : code
}

const NOTHING_REQUESTED =
  'for example: kubectl create accessrequest --verb=patch --resource=deployments.apps --namespace=shop --name=web; all flags: kubectl create accessrequest --help'

/** `kubectl create accessrequest`. @throws CommandError, KubectlError */
export async function createAccessRequest(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  if (switchedOn(flags, 'help')) {
    io.print(CREATE_HELP)
    return EXIT.granted
  }
  if (flags.given.length === 0 && flags.words.length === 0) throw usage('nothing is requested', NOTHING_REQUESTED)
  extendOf(flags)
  if (asksFirst(flags)) return await createForOperations(io, flags)
  const options = optionsOf(flags)
  const started = io.clock.nowMs()
  const ask = await askOf(io, flags)
  if (options.dryRun === 'client') return printClientDryRun(io, ask, options)
  const filed = await fileRequest(io, {
    ask,
    name: options.name,
    key: options.key,
    start: lastOf(flags, 'not-before'),
    dryRun: options.dryRun === 'server',
  })
  printFiled(io, filed, options)
  if (!options.wait || options.dryRun === 'server') return await printOutcome(io, filed.request, options)
  return await waitForAll(io, [filed.request], { options, deadline: started + options.timeoutSeconds * 1000 })
}
