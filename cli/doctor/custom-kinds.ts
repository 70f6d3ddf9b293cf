import { POLICIES_PATH } from '../../domain/api/names.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { unreadableFinding, type Cluster, type NamedObject } from './visible-cluster.ts'
import { good, warning, type Finding } from '../../domain/doctor/finding.ts'
import { readRights, type RightHolder, type Rights } from './rights.ts'

type Definition = NamedObject & { readonly spec: { readonly group: string; readonly names: { readonly plural: string } } }

const ACTS = ['impersonate-on:user-info:get', 'impersonate-on:user-info:patch']
const MAX_NAMED = 20

const isOurs = ({ subject }: RightHolder): boolean => subject.kind === 'ServiceAccount' && subject.name === 'jit-impersonator'

/** Whether the gateway may impersonate agents on the kind. The classic verb allows it on every kind. */
function isReached(rights: Rights, { spec: { group, names } }: Definition): boolean {
  const classic = rights.holders({ verbs: ['impersonate'], group: '', resources: ['users'] }).some(isOurs)
  return classic || ACTS.every((verb) => rights.holders({ verbs: [verb], group, resources: [names.plural] }).some(isOurs))
}

/** Finds custom resources that the gateway cannot reach regardless of policies and grants, with one command that fixes all of them. */
export async function checkCustomKinds(cluster: Cluster): Promise<readonly Finding[]> {
  const [definitions, rights, policies] = await Promise.all([
    cluster.list<Definition>('/apis/apiextensions.k8s.io/v1/customresourcedefinitions'),
    readRights(cluster),
    cluster.list<AccessPolicy>(POLICIES_PATH),
  ])
  if (definitions.is !== 'there') return [unreadableFinding('the custom resources', definitions)]
  if (rights.is !== 'there') return [unreadableFinding('RBAC', rights)]
  const missing = definitions.value.filter((definition) => !isReached(rights.value, definition)).map(({ metadata }) => metadata.name)
  if (missing.length === 0) return [good('the gateway can reach every custom resource, within the limits of policies and RBAC')]
  const [first] = policies.is === 'there' ? policies.value : []
  const flags = missing.slice(0, MAX_NAMED).map((name) => ` --resource=${name}`)
  const left = missing.length > MAX_NAMED ? `, and ${missing.length - MAX_NAMED} more` : ''
  return [
    warning(
      `agents cannot reach ${missing.length} custom resources: ${missing.slice(0, MAX_NAMED).join(', ')}${left}`,
      `for those that they should read, and write under a grant: kubectl certify policy-rbac ${first?.metadata.name ?? 'POLICY'}${flags.join('')} | kubectl apply -f -`,
    ),
  ]
}
