import { parseAllDocuments } from 'yaml'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { API_VERSION, baselineGroup, elevatedGroup, POLICIES_PATH } from '../../../domain/api/names.ts'
import { operationOf } from '../../../domain/classify/operations-of.ts'
import type { PowerOf } from '../../../domain/policy/lint/covers.ts'
import { unreachableRules } from '../../../domain/policy/lint/unreachable.ts'
import { neverOpens } from '../../../domain/windows/never-opens.ts'
import { createCluster } from '../../doctor/visible-cluster.ts'
import { bad, good, unknown, warning, type Finding, type Section } from '../../../domain/doctor/finding.ts'
import { formatFinding } from '../../format/finding.ts'
import { approvers, boundTo } from '../../doctor/policies.ts'
import { readRights, type Rights } from '../../doctor/rights.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { policyPath } from '../../kubectl/paths.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { allOf, lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

const HOW = 'kubectl certify policy lint -f policy.yaml, or kubectl certify policy lint NAME'

/** The AccessPolicies in a file; other documents are skipped. @throws CommandError for a file that is not YAML */
function policiesIn(text: string, file: string): readonly AccessPolicy[] {
  const documents = parseAllDocuments(text)
  const [error] = documents.flatMap(({ errors }) => errors)
  if (error !== undefined) throw usage(`${file} is not valid YAML: ${oneLine(error.message.split('\n')[0] ?? '')}`)
  const objects = documents.map((document) => document.toJS() as Partial<AccessPolicy> | null)
  return objects.filter((object): object is AccessPolicy => object?.kind === 'AccessPolicy' && object.metadata?.name !== undefined)
}

const powerOf: PowerOf = (verb, apiGroup, resource) => operationOf({ verb, apiGroup, resource }, { namespace: '', name: '' }).power

/** What is wrong in itself. A malformed policy cannot be judged; the server says what is wrong with it. */
function ownFindings(policy: AccessPolicy, nowMs: number): readonly Finding[] {
  try {
    const unreachable = unreachableRules(policy.spec.rules ?? [], powerOf).map(({ field, message }) =>
      bad(`${field}: ${message}`, 'the first rule that names a request decides'),
    )
    return [...unreachable, ...[neverOpens(policy, nowMs)].flatMap((message) => (message === undefined ? [] : [warning(message)]))]
  } catch {
    return []
  }
}

const WARNING = /^Warning: /

/**
 * What the server says about the policy, by a dry run under another name: an unchanged policy would not be checked again. It checks the types of CEL
 * conditions, fields, and resources that the cluster does not serve. Changes nothing.
 */
async function serverSays(io: IO, { metadata, spec }: AccessPolicy, known: readonly Finding[]): Promise<readonly Finding[]> {
  const warned: string[] = []
  const object = { apiVersion: API_VERSION, kind: 'AccessPolicy', metadata: { name: `${metadata.name.slice(0, 240)}.lint` }, spec }
  const said = (): readonly Finding[] =>
    warned
      .map((line) => line.replace(WARNING, ''))
      .filter((line) => !known.some(({ message }) => message === line))
      .map((line) => warning(line))
  try {
    const args = ['create', '--raw', `${POLICIES_PATH}?dryRun=All`, '-f', '-']
    await io.kubectl.text(args, { input: JSON.stringify(object), warned: (line) => void warned.push(line) })
    return [good('the server accepts it: CEL conditions, fields and values are valid'), ...said()]
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error
    if (error.reason === 'Forbidden')
      return [unknown('the server does not let you create policies, so it did not check this one', 'run this as a cluster admin'), ...said()]
    if (error.reason === 'Invalid')
      return [
        bad(
          `the server refuses it: ${error.message.replaceAll(`"${object.metadata.name}"`, `"${metadata.name}"`)}`,
          'kubectl explain accesspolicy.spec',
        ),
        ...said(),
      ]
    return [unknown(`the server could not check it: ${error.message}`), ...said()]
  }
}

function bound({ metadata: { name } }: AccessPolicy, rights: Rights): readonly Finding[] {
  return [baselineGroup(name), elevatedGroup(name)].map((group) => {
    const bindings = boundTo(rights, group)
    if (bindings.length > 0) return good(`${group} is bound`)
    return bad(`${group} is bound to nothing, so RBAC refuses what the policy allows`, `kubectl certify policy-rbac ${name} | kubectl apply -f -`)
  })
}

/** Who may certify, and whether RBAC binds the groups of the agents. An admin who may certify only because of a role for everything is not an approver. */
async function rbacSays(io: IO, policies: readonly AccessPolicy[]): Promise<(policy: AccessPolicy) => readonly Finding[]> {
  if (policies.length === 0) return () => []
  const rights = await readRights(createCluster(io.kubectl))
  if (rights.is !== 'there')
    return () => [unknown('RBAC objects cannot be read, so approvers and bound groups could not be checked', 'run this as a cluster admin')]
  return (policy) => {
    const found = approvers(policy, rights.value)
    const isMissing = found.verdict === 'warning'
    return [isMissing ? bad(found.message, found.fix ?? '') : found, ...bound(policy, rights.value)]
  }
}

async function policiesOf(io: IO, names: readonly string[], files: readonly string[]): Promise<readonly AccessPolicy[]> {
  const policies: AccessPolicy[] = []
  for (const name of names) policies.push(await io.kubectl.get<AccessPolicy>(policyPath(name)))
  for (const file of files) {
    const found = policiesIn(await io.read(file), file)
    if (found.length === 0) throw usage(`${file} contains no AccessPolicy with a name`, HOW)
    policies.push(...found)
  }
  return policies
}

/** `kubectl certify policy lint`. Changes nothing. @throws CommandError, KubectlError */
export async function certifyPolicy(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const [command, ...names] = flags.words
  if (command !== 'lint') throw usage(command === undefined ? 'policy needs a command' : `policy has no command "${command}"`, HOW)
  const output = lastOf(flags, 'output')
  if (output !== undefined && output !== 'json') throw usage(`--output=${output}: must be json`)
  const files = allOf(flags, 'filename')
  if (names.length + files.length === 0) throw usage('lint needs a policy', HOW)
  const policies = await policiesOf(io, names, files)
  const rbac = await rbacSays(io, policies)
  const sections: Section[] = []
  for (const policy of policies) {
    const local = ownFindings(policy, io.clock.nowMs())
    sections.push({ name: policy.metadata.name, findings: [...local, ...(await serverSays(io, policy, local)), ...rbac(policy)] })
  }
  if (output === 'json') io.print(`${JSON.stringify({ sections }, null, 4)}\n`)
  else io.print(sections.map(({ name, findings }) => `Policy ${oneLine(name)}\n${findings.map(formatFinding).join('')}`).join('\n'))
  const isSound = sections.every(({ findings }) => findings.every(({ verdict }) => verdict === 'good' || verdict === 'warning'))
  return isSound ? EXIT.granted : EXIT.problemsFound
}
