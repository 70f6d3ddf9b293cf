import { describe, expect, it } from 'vitest'
import { createLeaderClient, NotLeading } from '../../controller/leader-client.ts'
import type { KubeCall, KubeClient } from '../../kube/client.ts'

function fixture(leadsForMs: number) {
  const sent: KubeCall[] = []
  const json = (call: KubeCall): Promise<unknown> => {
    sent.push(call)
    return new Promise((resolve, reject) => {
      if (call.signal === undefined) return resolve({})
      call.signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
  }
  const client = { json, raw: json, close: () => Promise.resolve() } as unknown as KubeClient
  return { sent, client: createLeaderClient(client, { leadsForMs: () => leadsForMs }) }
}
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'] as const

describe('the client of the leader', () => {
  it.each(WRITES)('sends no %s while another process leads', async (method) => {
    const { client, sent } = fixture(0)
    await expect(client.json({ method, path: '/x' })).rejects.toThrow(NotLeading)
    await expect(client.raw({ method, path: '/x' })).rejects.toThrow(NotLeading)
    expect(sent).toEqual([])
  })
  it.each(WRITES)('aborts a %s that outlasts the leadership', async (method) => {
    const { client, sent } = fixture(20)
    await expect(client.json({ method, path: '/x' })).rejects.toThrow('aborted')
    expect(sent.map((call) => call.method)).toEqual([method])
  })
  it('keeps the signal of the caller', async () => {
    const { client, sent } = fixture(60_000)
    const stop = new AbortController()
    const sending = client.json({ method: 'PUT', path: '/x', signal: stop.signal })
    stop.abort()
    // At once, and not by the end of the leadership.
    expect(sent[0]?.signal?.aborted).toBe(true)
    await expect(sending).rejects.toThrow('aborted')
  })
  it('reads at any time', async () => {
    const { client, sent } = fixture(0)
    expect(await client.json({ method: 'GET', path: '/x' })).toEqual({})
    expect(sent).toEqual([{ method: 'GET', path: '/x' }])
  })
})
