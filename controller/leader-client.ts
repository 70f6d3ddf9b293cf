import type { KubeCall, KubeClient } from '../kube/client.ts'
import type { LeaderElection } from '../kube/election/leader-election.ts'

/** A write that was refused here because this process is not the leader. Another one does the work. */
export class NotLeading extends Error {
  constructor() {
    super('this controller is not the leader')
    this.name = 'NotLeading'
  }
}

/**
 * A client that writes only while this process leads: it refuses every call but GET otherwise, and aborts one at the time until which the
 * leadership was certain when it was sent, also if it was renewed meanwhile. kube-apiserver may have received an aborted call already.
 */
export function createLeaderClient(client: KubeClient, { leadsForMs }: Pick<LeaderElection, 'leadsForMs'>): KubeClient {
  const bounded = (call: KubeCall): KubeCall => {
    if (call.method === 'GET') return call
    const leftMs = leadsForMs()
    if (leftMs <= 0) throw new NotLeading()
    const ending = AbortSignal.timeout(Math.ceil(leftMs))
    return { ...call, signal: call.signal === undefined ? ending : AbortSignal.any([call.signal, ending]) }
  }
  return {
    json: async <T>(call: KubeCall): Promise<T> => client.json<T>(bounded(call)),
    raw: async (call) => client.raw(bounded(call)),
    close: () => client.close(),
  }
}
