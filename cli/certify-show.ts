import { EXIT, type ExitCode } from './exit-code.ts'
import { createPolicies } from './inbox.ts'
import { missingReveals } from './missing-reveals.ts'
import { namesOf, REQUEST_KINDS } from './names.ts'
import { formatOf, printAs } from './output.ts'
import { lastOf, type ParsedFlags } from './parse-flags.ts'
import { readGrant } from './read-grant.ts'
import { withPlan } from './read-plan.ts'
import { readRequest } from './read-request.ts'
import { sayReceived } from './say-received.ts'
import { sayRequestFully } from './say-request-fully.ts'
import type { World } from './world.ts'

/** `kubectl certify show NAME...`. @throws CommandError, KubectlError */
export async function certifyShow(world: World, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl certify')
  const format = formatOf(lastOf(flags, 'output'))
  const policyOf = createPolicies(world)
  for (const [index, name] of names.entries()) {
    const request = await withPlan(world, await readRequest(world, name))
    if (format !== undefined) {
      if (format === 'yaml' && index > 0) world.print('---\n')
      printAs(world, format, request)
      continue
    }
    const policy = await policyOf(request.spec.policy)
    const nowMs = world.clock.nowMs()
    const received = sayReceived(request, await readGrant(world, request), nowMs)
    world.print(`${index > 0 ? '\n' : ''}${sayRequestFully(request, policy, nowMs)}${received}`)
    for (const line of (await missingReveals(world, request)).says) world.note(`Warning: ${line}`)
  }
  return EXIT.granted
}
