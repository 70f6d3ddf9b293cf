import type { Narrowed } from '../../../domain/api/access-request.ts'
import { expiryMsOf, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { GRANT_KINDS, namesOf } from '../../create-accessrequest/object-names.ts'
import { transferPath, grantPath } from '../../kubectl/paths.ts'
import { underName } from '../../kubectl/read-access-request.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { formatOf } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import { narrowedOf } from '../decisions/narrow-request.ts'

const NEEDED = 'for example: kubectl certify transfer GRANT --to=oidc:sub-agent --uses=1'

/** The grant and the receiver that the command names. @throws CommandError */
function namedIn(flags: ParsedFlags): { readonly name: string; readonly to: string } {
  const [name = '', ...more] = namesOf(flags.words, GRANT_KINDS, 'list yours: kubectl get accessgrants')
  const to = lastOf(flags, 'to') ?? ''
  if (more.length > 0) throw usage('transfer takes one GRANT', NEEDED)
  if (to === '') throw usage('--to names the user that receives a part of the grant', NEEDED)
  return { name, to }
}

/** What the flags leave of the grant; undefined when they leave everything. @throws CommandError for more than it has */
function partOf(flags: ParsedFlags, grant: AccessGrant, nowMs: number): Narrowed | undefined {
  const { rules = [], maxUses } = grant.spec
  const left = maxUses === undefined ? {} : { maxUses: maxUses - (grant.status?.uses ?? 0) }
  return narrowedOf(flags, { rules, durationSeconds: Math.max(0, Math.floor((expiryMsOf(grant) - nowMs) / 1000)), ...left })
}

/** `kubectl certify transfer GRANT --to=USER`, for the subject of a grant. @throws CommandError, KubectlError */
export async function certifyTransfer(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const format = formatOf(lastOf(flags, 'output'))
  const { name, to } = namedIn(flags)
  const part = partOf(flags, await io.kubectl.get<AccessGrant>(grantPath(name)), io.clock.nowMs())
  const body = { apiVersion: API_VERSION, kind: 'GrantTransfer', spec: { to, ...part } }
  const after = underName(await io.kubectl.create<AccessGrant>(transferPath(name), body), name)
  const made = after.status?.transfers?.at(-1)?.grantName ?? '?'
  if (format === undefined) io.print(`accessgrant.jit.access/${oneLine(made)} given to ${oneLine(to)}, as a part of ${oneLine(name)}\n`)
  else printAs(io, format, after)
  return EXIT.granted
}
