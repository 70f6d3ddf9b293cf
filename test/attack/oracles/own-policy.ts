import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { AccessPolicySpec } from '../../../domain/api/access-policy.ts'
import { kubectl, mintToken, uniqueName } from '../../cluster/environment.ts'

/** A separate agent with a separate policy, so that its requests do not disturb other tests. */
export type OwnAgent = {
  readonly policy: string
  readonly username: string
  readonly token: string
  /** Changes the rules of its policy. Resolves when the gateway has seen the change. */
  change(spec: Omit<AccessPolicySpec, 'subjects'>): Promise<void>
  remove(): Promise<void>
}

async function admin(args: readonly string[], input?: string): Promise<string> {
  const ran = await kubectl('admin', args, input === undefined ? {} : { input })
  expect(ran.code, ran.stderr).toBe(0)
  return ran.stdout
}

/** Installs the policy as an admin does: RBAC copied from the sample, then the policy, then waits until its status says that it works. */
export async function openOwnAgent(spec: Omit<AccessPolicySpec, 'subjects'>): Promise<OwnAgent> {
  const policy = uniqueName('own')
  const user = uniqueName('red')
  const rbac = (await readFile('manifests/samples/policy-rbac.yaml', 'utf8')).replaceAll('coding-agents', policy)
  await admin(['apply', '-f', '-'], rbac)
  const change: OwnAgent['change'] = async (next) => {
    const document = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name: policy },
      spec: { subjects: [{ kind: 'User', name: `oidc:${user}` }], ...next },
    }
    await admin(['apply', '-f', '-'], JSON.stringify(document))
    await admin(['wait', '--for=condition=Ready', `accesspolicy/${policy}`, '--timeout=110s'])
  }
  await change(spec)
  return {
    policy,
    username: `oidc:${user}`,
    token: await mintToken({ user, groups: 'red', audience: 'jit-gateway', ttl: '3600' }),
    change,
    remove: async () => {
      await admin(['delete', 'accesspolicy', policy, '--ignore-not-found'])
      await admin(['delete', '-f', '-', '--ignore-not-found', '--wait=false'], rbac)
    },
  }
}
