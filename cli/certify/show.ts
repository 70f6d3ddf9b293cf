import { EXIT, type ExitCode } from '../terminal/exit-code.ts'
import { createPolicies } from './inbox/inbox.ts'
import { missingReveals } from '../create-accessrequest/missing-reveals.ts'
import { namesOf, REQUEST_KINDS } from '../create-accessrequest/object-names.ts'
import { formatOf } from '../terminal/output-formats.ts'
import { printAs } from '../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../terminal/parse-flags.ts'
import { readGrant } from '../kubectl/read-grant.ts'
import { contextLines } from './context/context-lines.ts'
import { checkUid, uidIn } from './decisions/seen-request.ts'
import { withPlan } from './decisions/read-plan.ts'
import { readRequest } from '../kubectl/read-access-request.ts'
import { formatReceived } from '../format/received.ts'
import { formatRequestFully } from '../format/request-details.ts'
import type { IO } from '../terminal/io.ts'

/** `kubectl certify show NAME...`. @throws CommandError, KubectlError */
export async function certifyShow(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl certify')
  const format = formatOf(lastOf(flags, 'output'))
  const policyOf = createPolicies(io)
  const uid = uidIn(flags, names)
  for (const [index, name] of names.entries()) {
    const read = await readRequest(io, name)
    checkUid(uid, read)
    const request = await withPlan(io, read)
    if (format !== undefined) {
      if (format === 'yaml' && index > 0) io.print('---\n')
      printAs(io, format, request)
      continue
    }
    const policy = await policyOf(request.spec.policy)
    const nowMs = io.clock.nowMs()
    const received = formatReceived(request, await readGrant(io, request), nowMs)
    const before = formatRequestFully(request, policy, nowMs)
    const more = (await contextLines(io, request, policy)).join('\n')
    io.print(`${index > 0 ? '\n' : ''}${before}${received}${more}`)
    for (const line of (await missingReveals(io, request)).problems) io.note(`Warning: ${line}`)
  }
  return EXIT.granted
}
