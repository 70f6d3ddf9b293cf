import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../../hack/demo/environment.ts'
import { kubectl } from '../../cluster/environment.ts'

/** Oracle O1 for everything but responses: logs, metrics and files of our processes. By name, so that a hit shows where. */
export async function sweep({ gateway, apiserver, webhook, controller, recordsDir, processes }: Environment): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const part of ['gateway', 'apiserver', 'webhook', 'controller'] as const) {
    const place = processes[part]
    if (typeof place !== 'string') continue // processes on this machine write up.log next to the environment
    const [namespace = '', pod = ''] = place.split('/')
    const { stdout, stderr } = await kubectl('admin', ['-n', namespace, 'logs', pod, '--all-containers'])
    found.set(`log of ${part}`, Buffer.from(stdout + stderr))
  }
  for (const { metricsUrl } of [gateway, apiserver, webhook, controller])
    found.set(metricsUrl, Buffer.from(await (await fetch(metricsUrl)).arrayBuffer()))
  for (const name of await readdir(recordsDir)) found.set(`records/${name}`, await readFile(join(recordsDir, name)))
  const ours = ['events', 'accessrequests,accessgrants', 'accesspolicies']
  for (const kind of ours) {
    const { stdout } = await kubectl('admin', ['get', kind, '-A', '-o', 'json'])
    found.set(kind, Buffer.from(stdout))
  }
  return found
}
