import type { UserClient } from '../../../console/cluster/impersonate.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeCall } from '../../../kube/client.ts'

type Call = Omit<KubeCall, 'headers'>

/** A client that serves lists in pages, and refuses to list what is not given. `calls`: what was asked. */
export function stubClient(lists: { readonly [resource: string]: readonly unknown[] }): {
  readonly client: UserClient
  readonly calls: Call[]
} {
  const calls: Call[] = []
  const answer = (call: Call): unknown => {
    calls.push(call)
    const resource = call.path.split('/').at(-1) ?? ''
    const items = lists[resource]
    if (items === undefined) throw new StatusError('Forbidden', `${resource}.jit.access is forbidden: you cannot list them`)
    const { limit, continue: from = '0' } = (call.query ?? {}) as { readonly limit: string; readonly continue?: string }
    const end = Number(from) + Number(limit)
    return { items: items.slice(Number(from), end), metadata: end < items.length ? { continue: String(end) } : {} }
  }
  const client = { json: (call: Call) => Promise.resolve().then(() => answer(call)) } as UserClient
  return { client, calls }
}
