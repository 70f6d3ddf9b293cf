import type { Environment } from '../../../hack/demo/environment.ts'
import { kubectl } from '../../cluster/environment.ts'
import type { Books } from './audit.ts'

/**
 * Oracle O1 for everything but responses: logs, metrics and records of our processes. By name, so that a hit shows where. Of the records only
 * those since the books were opened: earlier ones are older than the canaries.
 */
export async function sweep({ gateway, apiserver, webhook, controller, processes }: Environment, books: Books): Promise<ReadonlyMap<string, Buffer>> {
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
  found.set('records', await books.recordedBytes())
  const ours = ['events', 'accessrequests,accessgrants', 'accesspolicies']
  for (const kind of ours) {
    const { stdout } = await kubectl('admin', ['get', kind, '-A', '-o', 'json'])
    found.set(kind, Buffer.from(stdout))
  }
  return found
}
