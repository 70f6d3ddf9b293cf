import { join } from 'node:path'
import type { Ground } from './ground.ts'
import { apply } from './kubectl.ts'
import { people } from './people.ts'
import { shopObjects } from './shop.ts'

const sample = (root: string, name: string): string => join(root, 'manifests/samples', name)

/** Everything but the policy, which needs the aggregated API. Gives the password, for where nothing runs that would print it. */
export async function applySamples({ kubectl, root, say }: Ground): Promise<string> {
  const { objects, password } = shopObjects()
  await apply(kubectl, [...people(), ...objects])
  await kubectl(['apply', '-f', sample(root, 'policy-rbac.yaml')])
  say('samples: namespace shop, RBAC of people and agents')
  return password
}

export async function applyPolicy({ kubectl, root, say }: Ground): Promise<void> {
  await kubectl(['apply', '-f', sample(root, 'policy.yaml')])
  say('samples: AccessPolicy coding-agents')
}
