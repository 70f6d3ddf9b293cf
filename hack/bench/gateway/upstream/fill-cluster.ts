import { createKubeClient, type KubeClient } from '../../../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../../../kube/cluster-config.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import { canaryValues } from './content.ts'
import { KNOWN } from './raw-upstream.ts'
import type { Site } from '../run-files.ts'

const NAMESPACE = 'bench'
export const POD_PATH = `/api/v1/namespaces/${NAMESPACE}/pods/web`
export const PODS_PATH = `/api/v1/namespaces/${NAMESPACE}/pods`

/** Number of pods that make a list of about 50 MB. */
const PODS = 5000
const SETTINGS = 70
const AT_ONCE = 16

/** A pod that no scheduler takes, so nothing runs. About 10 KB, like a pod with much configuration. */
function podOf(name: string, settings: number): object {
  const env = Array.from({ length: settings }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `the value of setting ${index}, which is of no secret kind at all, ${name}`,
  }))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench' } },
    spec: { schedulerName: 'none', containers: [{ name: 'web', image: 'registry.example/web:1', env }] },
  }
}

async function make(client: KubeClient, path: string, body: object): Promise<void> {
  try {
    await client.json({ method: 'POST', path, body })
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 409) throw error
  }
}

/** Runs the tasks with as much concurrency as kube-apiserver handles well. */
async function all(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = tasks.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const task of rest) await task()
    }),
  )
}

/**
 * Creates a small pod, and Secrets of which every value holds the canary.
 * @param canary of this run: Secrets of an earlier run are replaced
 */
export async function fillCluster({ booted }: Site, canary: string): Promise<void> {
  const client = createKubeClient(await clusterConfigFromKubeconfig(booted.environment.kubeconfigs.admin))
  await make(client, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })
  await client.json({ method: 'DELETE', path: `/api/v1/namespaces/${NAMESPACE}/secrets` })
  const values = canaryValues(KNOWN, canary)
  const secrets = Array.from({ length: KNOWN / 10 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `bench-${index}` },
    stringData: Object.fromEntries(values.slice(index * 10, index * 10 + 10).map((value, key) => [`key-${key}`, value])),
  }))
  await all(secrets.map((secret) => () => make(client, `/api/v1/namespaces/${NAMESPACE}/secrets`, secret)))
  await make(client, PODS_PATH, podOf('web', 8))
  await client.close()
}

/** Creates pods until a list of all pods is about 50 MB. */
export async function fillWithPods({ booted }: Site): Promise<void> {
  const client = createKubeClient(await clusterConfigFromKubeconfig(booted.environment.kubeconfigs.admin))
  await all(Array.from({ length: PODS }, (_, index) => () => make(client, PODS_PATH, podOf(`filler-${index}`, SETTINGS))))
  await client.close()
}
