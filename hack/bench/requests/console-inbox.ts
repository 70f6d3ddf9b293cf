import { readInbox } from '../../../console/cluster/inbox.ts'
import { userClient } from '../../../console/cluster/impersonate.ts'
import { layout } from '../../../console/html/layout.ts'
import { inboxPage, inboxTitle } from '../../../console/pages/inbox.ts'
import { channelOf, newSession } from '../../../console/session/session.ts'
import { createKubeClient } from '../../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../../kube/cluster-config.ts'
import { APPROVER } from './benchmark-callers.ts'

/**
 * The inbox as the console makes it, from the list to the last byte of its page, without sign-in and TLS to the browser. The stand-in for
 * kube-apiserver knows the caller by the token, and reads no impersonation.
 */
export async function openConsole(kubeconfig: string): Promise<{ inbox(): Promise<number>; close(): Promise<void> }> {
  const client = createKubeClient(await clusterConfigFromKubeconfig(kubeconfig))
  const session = newSession({ username: APPROVER, groups: [] }, Date.now())
  const inbox = async (): Promise<number> => {
    const nowMs = Date.now()
    const read = await readInbox(userClient(client, session, AbortSignal.timeout(60_000)), session, nowMs)
    const page = layout({ title: inboxTitle(read), session, body: inboxPage(read, { nowMs, channel: channelOf(session) }), scripts: ['inbox'] })
    if (read.mine.length > 0 && !page.includes('class="card"')) throw new Error('the page shows no request')
    return read.mine.length + read.left
  }
  return { inbox, close: () => client.close() }
}
