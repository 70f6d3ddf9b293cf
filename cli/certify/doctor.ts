import { checkAdmission } from '../doctor/admission.ts'
import { checkAggregation } from '../doctor/aggregation.ts'
import { checkBypass } from '../doctor/bypass.ts'
import { checkCallers } from '../doctor/callers.ts'
import { checkChannels } from '../doctor/notifications/channels.ts'
import { checkCertificates } from '../doctor/certificates.ts'
import { createCluster } from '../doctor/visible-cluster.ts'
import { checkCredentials } from '../doctor/credentials.ts'
import { checkCustomKinds } from '../doctor/custom-kinds.ts'
import type { Finding, Section, FindingVerdict } from '../../domain/doctor/finding.ts'
import { formatFinding } from '../format/finding.ts'
import { checkSubjectPrefixes } from '../doctor/issuers/subject-prefixes.ts'
import { checkParts } from '../doctor/components.ts'
import { checkPolicies } from '../doctor/policies.ts'
import { checkSuspensions } from '../doctor/suspensions.ts'
import { checkLocks } from '../doctor/proof.ts'
import { EXIT, usage, type ExitCode } from '../terminal/exit-code.ts'
import { lastOf, type ParsedFlags } from '../terminal/parse-flags.ts'
import type { IO } from '../terminal/io.ts'

async function examine(io: IO): Promise<readonly Section[]> {
  const cluster = createCluster(io.kubectl)
  const checks = {
    'The servers': () => checkParts(cluster, io.clock.nowMs()),
    'The API jit.access/v1': () => checkAggregation(cluster),
    'The second lock': () => checkAdmission(cluster),
    'The locks, tried': () => checkLocks(io.kubectl),
    'Who can call the webhook': () => checkCallers(io.kubectl, cluster),
    Certificates: () => checkCertificates(cluster, io.clock.nowMs()),
    'Credentials that can be guessed': () => checkCredentials(io.kubectl),
    Suspensions: () => checkSuspensions(io),
    Policies: async () => [...(await checkPolicies(cluster)), ...(await checkSubjectPrefixes(cluster))],
    Channels: () => checkChannels(cluster),
    'Custom resources': () => checkCustomKinds(cluster),
    'Who can bypass it': () => checkBypass(cluster),
  }
  return await Promise.all(Object.entries(checks).map(async ([name, check]) => ({ name, findings: await check() })))
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: FindingVerdict): number => findings.filter((finding) => finding.verdict === verdict).length
  return `${count('good')} ✓ passed, ${count('bad')} ✗ failed, ${count('unknown')} ? could not be checked, ${count('warning')} ! warnings\n`
}

/** `kubectl certify doctor`. Changes nothing. @throws CommandError */
export async function certifyDoctor(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const output = lastOf(flags, 'output')
  if (output !== undefined && output !== 'json') throw usage(`--output=${output}: must be json`)
  if (flags.words.length > 0) throw usage('doctor takes no names', 'see: kubectl certify doctor --help')
  const sections = await examine(io)
  const findings = sections.flatMap((section) => section.findings)
  const sound = findings.every(({ verdict }) => verdict === 'good' || verdict === 'warning')
  if (output === 'json') io.print(`${JSON.stringify({ sound, sections }, null, 4)}\n`)
  else {
    for (const section of sections) io.print(`${section.name}\n${section.findings.map(formatFinding).join('')}\n`)
    io.print(summary(findings))
  }
  return sound ? EXIT.granted : EXIT.problemsFound
}
