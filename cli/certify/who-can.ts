import { formatApprovals } from '../../domain/api/approvals/approvals.ts'
import { requestPhase } from '../../domain/api/access-request.ts'
import { createCluster } from '../doctor/visible-cluster.ts'
import { unknown, type Finding } from '../../domain/doctor/finding.ts'
import { formatFinding } from '../format/finding.ts'
import { readRights } from '../doctor/rights.ts'
import { namesOf, REQUEST_KINDS } from '../create-accessrequest/object-names.ts'
import { readRequest } from '../kubectl/read-access-request.ts'
import { outcomeOf } from '../format/outcome.ts'
import { CommandError, EXIT, usage, type ExitCode } from '../terminal/exit-code.ts'
import { lastOf, type ParsedFlags } from '../terminal/parse-flags.ts'
import { oneLine } from '../terminal/untrusted.ts'
import { decidersOf } from '../who-can/deciders.ts'
import type { IO } from '../terminal/io.ts'
import { exitCodes } from './help-codes.ts'

export const WHO_CAN = `Say who could approve a request, from the RBAC objects that you can read: the subjects that may update accessrequests/approval and that
may certify under every policy of its requester, in every namespace that it touches. Changes nothing.

Not visible: the members of groups, other authorizers than RBAC, and system:masters. The requester is never among them.

Examples:
  kubectl certify who-can patch-deployments-web-1f0c9a2e

Flags:
  -o, --output=json

${exitCodes(4, 6, 8)}

Usage: kubectl certify who-can NAME [flags]
`

const UNSEEN = 'Not visible here: members of groups, authorizers other than RBAC, system:masters.'

async function findingsOf(io: IO, name: string): Promise<{ readonly waits: string; readonly findings: readonly Finding[] }> {
  const request = await readRequest(io, name)
  const nowMs = io.clock.nowMs()
  if (requestPhase(request.status, nowMs) !== 'Pending')
    throw new CommandError(EXIT.ended, `${outcomeOf(request, nowMs).line}; it can no longer be decided`)
  const rights = await readRights(createCluster(io.kubectl))
  const findings =
    rights.is === 'there'
      ? decidersOf(request, rights.value)
      : [unknown(`could not be checked: RBAC objects cannot be read: ${rights.is === 'absent' ? 'not served' : rights.why}`, 'ask a cluster admin')]
  return { waits: formatApprovals(request), findings }
}

/** `kubectl certify who-can NAME`. @throws CommandError, KubectlError */
export async function certifyWhoCan(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const output = lastOf(flags, 'output')
  if (output !== undefined && output !== 'json') throw usage(`--output=${output}: must be json`)
  const [name, ...more] = namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl certify')
  if (name === undefined || more.length > 0) throw usage('who-can takes one NAME', 'see: kubectl certify who-can --help')
  const { waits, findings } = await findingsOf(io, name)
  if (output === 'json') io.print(`${JSON.stringify({ request: name, findings }, null, 4)}\n`)
  else io.print(`${oneLine(name)}: ${oneLine(waits)}\n${findings.map(formatFinding).join('')}\n${UNSEEN}\n`)
  return findings.some(({ verdict }) => verdict === 'good') ? EXIT.granted : EXIT.problemsFound
}
