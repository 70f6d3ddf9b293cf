import { stringify } from 'yaml'
import { usage, EXIT, type ExitCode } from '../terminal/exit-code.ts'
import { allOf, lastOf, switchedOn, type ParsedFlags } from '../terminal/parse-flags.ts'
import { rbacForKind, rbacForPolicy, type KindName } from '../policy-rbac/for-policy.ts'
import { createResources } from '../create-accessrequest/resources.ts'
import type { IO } from '../terminal/io.ts'

const POLICY = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
const KIND = /^([a-z0-9-]+)[.]([a-z0-9.-]+)$/

/** Takes `widgets.example.com` as is and resolves anything shorter through the cluster. */
async function kindOf(word: string, io: IO): Promise<KindName> {
  const [, resource, group] = KIND.exec(word) ?? []
  if (resource !== undefined && group !== undefined) return { resource, group }
  return await createResources(io.kubectl).byName(word)
}

/** `kubectl certify policy-rbac NAME [--resource=KIND.GROUP]…`: prints manifests and changes nothing. @throws CommandError */
export async function certifyPolicyRbac(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const [policy, ...more] = flags.words
  if (policy === undefined || more.length > 0)
    throw usage('policy-rbac requires the name of one policy', 'kubectl certify policy-rbac NAME | kubectl apply -f -')
  if (!POLICY.test(policy)) throw usage(`"${policy}" is not a valid name of an AccessPolicy`)
  const output = lastOf(flags, 'output') ?? 'yaml'
  if (output !== 'yaml' && output !== 'json') throw usage(`--output=${output}: must be one of yaml, json`)
  const mode = { isClassic: switchedOn(flags, 'classic') }
  const kinds = allOf(flags, 'resource')
  const items = []
  if (kinds.length === 0) items.push(...rbacForPolicy(policy, mode))
  for (const word of kinds) items.push(...rbacForKind(policy, await kindOf(word, io), mode))
  if (output === 'json') io.print(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 4)}\n`)
  else io.print(items.map((item) => stringify(item, { aliasDuplicateObjects: false })).join('---\n'))
  return EXIT.granted
}
