import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import type { Environment } from '../demo/environment.ts'
import { startSlack } from '../slack/slack.ts'
import type { UpContext } from './up-context.ts'
import { apply } from './kubectl.ts'

const CHANNEL = 'C0JITACCESS'
/** The Service of overlays/local whose address the controller's configuration names: the local cluster has no DNS. */
const SERVICE = 'slack'

const slackEndpoints = (address: string, port: number): object => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: SERVICE, namespace: 'jit-system', labels: { 'kubernetes.io/service-name': SERVICE } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
  ports: [{ name: 'http', port, protocol: 'TCP' }],
})

/** Starts the stand-in where the controller reaches it: on the node's network if there is a real node. */
export async function startLocalSlack({
  layout,
  cluster,
  cleanup,
}: Pick<UpContext, 'layout' | 'cluster' | 'cleanup'>): Promise<Environment['slack']> {
  const token = `xoxb-${randomBytes(18).toString('hex')}`
  const tokenFile = layout.slackToken
  await writeFile(tokenFile, token, { mode: 0o600 })
  const slack = await startSlack({ token, channel: CHANNEL, ...(cluster.nodeKind === 'real' ? { address: cluster.hostIP } : {}) })
  cleanup.add('the stand-in for Slack', async () => {
    await slack.stop()
    await rm(tokenFile, { force: true })
  })
  return { url: slack.api, channel: CHANNEL, tokenFile }
}

/** Makes the Service `slack` lead to the stand-in, for servers that run as pods. */
export async function leadToSlack({ kubectl, slack }: UpContext): Promise<void> {
  const { hostname, port } = new URL(slack.url)
  await apply(kubectl, [slackEndpoints(hostname, Number(port))])
}
