import { randomUUID } from 'node:crypto'
import type { Environment } from '../../demo/environment.ts'
import { runKubectl, type Way } from './kubectl.ts'

async function must(way: Way, args: readonly string[], input?: unknown): Promise<string> {
  const { code, out, said } = await runKubectl(way, args, input === undefined ? undefined : Buffer.from(JSON.stringify(input)))
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${said}`)
  return out.toString()
}

/** Gives the agent a grant to exec in the sample workload, and returns the name of its pod. */
export async function allowStreams({ binDir, kubeconfigs }: Environment): Promise<string> {
  const as = (kubeconfig: string): Way => ({ binDir, kubeconfig, webSockets: true })
  const name = `bench-${randomUUID()}`
  await must(as(kubeconfigs.agent), ['create', '-f', '-'], {
    apiVersion: 'jit.access/v1',
    kind: 'AccessRequest',
    metadata: { name },
    spec: { durationSeconds: 3600, rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['shop'] }] },
  })
  await must(as(kubeconfigs.approver), ['certify', 'approve', name])
  return await must(as(kubeconfigs.admin), ['-n', 'shop', 'get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}'])
}
