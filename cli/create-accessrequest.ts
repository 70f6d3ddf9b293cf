import type { AccessRequest } from '../domain/access-request.ts'
import { manifestOf, type Ask } from './ask.ts'
import { askOf } from './ask-of-flags.ts'
import { CREATE_FLAGS } from './create-accessrequest-flags.ts'
import { CREATE_HELP } from './create-accessrequest-help.ts'
import { parseDuration } from './duration.ts'
import { EXIT, usage, type ExitCode } from './exit-code.ts'
import { fileRequest, type Filed } from './file-request.ts'
import { formatOf, printAs, shortName, type Format } from './output.ts'
import { countOf, lastOf, parseFlags, switchedOn, type ParsedFlags } from './parse-flags.ts'
import { readOwnGrant } from './read-grant.ts'
import { outcomeOf } from './say-outcome.ts'
import { RequestGone, stillWaiting, waitForDecision } from './wait-for-decision.ts'
import type { World } from './world.ts'

type Options = {
  readonly format: Format | undefined
  readonly dryRun: 'none' | 'client' | 'server'
  readonly wait: boolean
  readonly timeoutSeconds: number
  readonly name: string | undefined
  readonly key: string | undefined
}

function dryRunOf(flags: ParsedFlags): Options['dryRun'] {
  const value = lastOf(flags, 'dry-run') ?? 'none'
  if (value === 'none' || value === 'client' || value === 'server') return value
  throw usage(`--dry-run=${value}: one of none, client, server`)
}

/** Reads and checks everything that needs no server, so that wrong usage costs nothing. */
function optionsOf(flags: ParsedFlags): Options {
  const [name, ...more] = flags.words
  if (more.length > 0) throw usage(`one NAME at most, not also ${more.join(' ')}`, "a flag's value with spaces needs quotes")
  const timeout = lastOf(flags, 'timeout')
  const wait = switchedOn(flags, 'wait')
  if (timeout !== undefined && !wait) throw usage('--timeout without --wait waits for nothing', 'add --wait')
  countOf(flags, 'uses')
  const timeoutSeconds = timeout === undefined || timeout === '0' ? Infinity : parseDuration('--timeout', timeout)
  return { format: formatOf(lastOf(flags, 'output')), dryRun: dryRunOf(flags), wait, timeoutSeconds, name, key: lastOf(flags, 'idempotency-key') }
}

function printClientDryRun(world: World, ask: Ask, options: Options): ExitCode {
  const object = manifestOf(ask, options.name ?? 'named-when-filed', 'set-when-filed')
  printAs(world, options.format ?? 'yaml', object)
  return EXIT.granted
}

function tellFiled(world: World, { request, made }: Filed, options: Options): void {
  if (options.format !== undefined) return
  const suffix = options.dryRun === 'server' ? ' (server dry run)' : ''
  world.print(`${shortName(request)} ${made ? 'created' : 'found: asked before'}${suffix}\n`)
}

/** What to type next, where the request that was found or made gives nothing. */
const askAnew = ({ name, key }: Options): string =>
  name === undefined && key === undefined ? 'to ask anew: type the same command again' : 'to ask anew: choose another NAME or --idempotency-key'

async function tellOutcome(world: World, request: AccessRequest, options: Options): Promise<ExitCode> {
  const { code, line } = outcomeOf(request, world.clock.nowMs(), await readOwnGrant(world, request))
  if (options.format !== undefined) printAs(world, options.format, request)
  if (options.format === undefined && options.dryRun === 'none') world.print(`${line}\n`)
  else if (code !== EXIT.granted) world.note(line)
  if (code !== EXIT.granted) world.note(`  ${askAnew(options)}`)
  return code
}

/** Waits, and prints the request for a program however the wait ends, as it was last seen. One that is gone is not printed. */
async function waitFor(world: World, filed: AccessRequest, by: { readonly options: Options; readonly deadline: number }): Promise<ExitCode> {
  const { options, deadline } = by
  let last = filed
  const outcome = await waitForDecision(world, filed, { deadline, seen: (request) => (last = request) }).catch((error: unknown) => {
    if (options.format !== undefined && !(error instanceof RequestGone)) printAs(world, options.format, last)
    throw error
  })
  if (!outcome.late) return await tellOutcome(world, outcome.request, options)
  if (options.format !== undefined) printAs(world, options.format, outcome.request)
  throw stillWaiting(outcome.request)
}

/** `kubectl create accessrequest`. @throws CommandError, KubectlError */
export async function createAccessRequest(world: World, args: readonly string[]): Promise<ExitCode> {
  const flags = parseFlags(CREATE_FLAGS, args)
  if (args.length === 0 || switchedOn(flags, 'help')) {
    world.print(CREATE_HELP)
    return args.length === 0 ? EXIT.usage : EXIT.granted
  }
  const options = optionsOf(flags)
  const started = world.clock.nowMs()
  const ask = await askOf(world, flags)
  if (options.dryRun === 'client') return printClientDryRun(world, ask, options)
  const filed = await fileRequest(world, { ask, name: options.name, key: options.key, dryRun: options.dryRun === 'server' })
  tellFiled(world, filed, options)
  if (!options.wait || options.dryRun === 'server') return await tellOutcome(world, filed.request, options)
  return await waitFor(world, filed.request, { options, deadline: started + options.timeoutSeconds * 1000 })
}
