import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { UpContext } from '../up-context.ts'
import { apply } from '../kubectl.ts'
import { groupPrefixes } from '../login/configure.ts'
import { people } from './people-rbac.ts'
import { shopObjects } from './shop.ts'

const sample = (root: string, name: string): string => join(root, 'manifests/samples', name)

/** Applies all samples except the policy, which needs the aggregated API. Returns the password, for a simulated node to print. */
export async function applySamples(context: UpContext): Promise<string> {
  const { kubectl, root, say } = context
  const { objects, password } = shopObjects()
  await apply(kubectl, [...people(groupPrefixes(context)), ...objects])
  await kubectl(['apply', '-f', sample(root, 'policy-rbac.yaml')])
  say('samples: namespace shop, RBAC of people and agents')
  return password
}

export async function applyPolicy({ kubectl, root, say }: UpContext): Promise<void> {
  const policy = parse(await readFile(sample(root, 'policy.yaml'), 'utf8')) as { readonly spec: { readonly subjects: readonly object[] } }
  const subjects = [...policy.spec.subjects, { kind: 'Group', name: 'login:agents' }]
  await apply(kubectl, [{ ...policy, spec: { ...policy.spec, subjects } }])
  say('samples: AccessPolicy coding-agents, for agents of login too')
}
