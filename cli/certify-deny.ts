import { decide } from './decide.ts'
import { eachName } from './each-name.ts'
import { EXIT, usage, type ExitCode } from './exit-code.ts'
import { namesOf, REQUEST_KINDS } from './names.ts'
import { formatOf, printAs, shortName, type Format } from './output.ts'
import { lastOf, type ParsedFlags } from './parse-flags.ts'
import { readRequest } from './read-request.ts'
import { standingOf } from './standing.ts'
import { whoAmI } from './who-am-i.ts'
import type { World } from './world.ts'

type Denial = { readonly message: string; readonly format: Format | undefined; readonly me: string }

async function deny(world: World, name: string, { message, format, me }: Denial): Promise<ExitCode> {
  const seen = await readRequest(world, name)
  const again = standingOf(seen, me, { wanted: 'Denied', nowMs: world.clock.nowMs() }) === 'done'
  const request = again ? seen : await decide(world, seen, { type: 'Denied', message, narrowed: undefined })
  if (format !== undefined) printAs(world, format, request)
  else world.print(`${shortName(request)} denied${again ? ' before' : ''}\n`)
  return EXIT.granted
}

/** `kubectl certify deny NAME... --reason=TEXT`. @throws CommandError, KubectlError */
export async function certifyDeny(world: World, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl certify')
  const message = lastOf(flags, 'reason') ?? ''
  if (message.trim() === '') throw usage('--reason is needed', "the agent reads it: --reason='it still serves customers'")
  const format = formatOf(lastOf(flags, 'output'))
  const me = await whoAmI(world.kubectl)
  return await eachName(world, names, (name) => deny(world, name, { message, format, me }))
}
