import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Actor, Environment } from '../../../hack/demo/environment.ts'
import { callProvider, findProvider } from '../../../hack/token/running-provider.ts'

export type Kubeconfigs = Environment['kubeconfigs']

/** Longer than the tests of an environment take. */
const TTL = '10800'
const USERS: { readonly [actor in Exclude<Actor, 'admin'>]: { readonly user: string; readonly audience: string } } = {
  agent: { user: 'agent', audience: 'jit-gateway' },
  agentDirect: { user: 'agent', audience: 'kubernetes' },
  approver: { user: 'approver', audience: 'kubernetes' },
  secondApprover: { user: 'second-approver', audience: 'kubernetes' },
  developer: { user: 'developer', audience: 'kubernetes' },
}

/**
 * Writes copies of the environment's kubeconfigs with a token in place of the credential plugin, into a folder that only this user can read.
 * kubectl starts the plugin for every command, and our own plugins start kubectl several times, so that most of the time of a test would go
 * there.
 */
export async function writeTokenKubeconfigs({ kubeconfigs }: Environment, upDir: string, folder: string): Promise<Kubeconfigs> {
  const provider = findProvider(upDir)
  const copies = await Promise.all(
    Object.entries(USERS).map(async ([actor, order]) => {
      const config = parse(await readFile(kubeconfigs[actor as keyof typeof USERS], 'utf8')) as {
        readonly users: readonly { readonly name: string }[]
      }
      const token = await callProvider(provider, 'mint', { ...order, ttl: TTL })
      const file = join(folder, `${actor}.kubeconfig`)
      await writeFile(file, JSON.stringify({ ...config, users: config.users.map(({ name }) => ({ name, user: { token } })) }), { mode: 0o600 })
      return [actor, file] as const
    }),
  )
  return { ...kubeconfigs, ...Object.fromEntries(copies) }
}
