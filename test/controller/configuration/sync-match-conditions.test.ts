import { afterEach, describe, expect, it, vi } from 'vitest'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { syncedObject, syncMatchConditions, type Governed, type SyncTarget } from '../../../controller/configuration/sync-match-conditions.ts'

const CONFIGURATION: SyncTarget = { kind: 'ValidatingWebhookConfiguration', name: 'jit-access' }
const NAMES: SyncTarget = { kind: 'ConfigMap', namespace: 'jit-system', name: 'jit-access-governed' }
const conditions = [{ name: 'governed', expression: 'true' }]
const governed: Governed = { conditions, names: { users: ['oidc:a', 'oidc:b'], groups: ['oidc:agents'] } }

const configuration = (matchConditions: unknown) => ({
  metadata: { name: 'jit-access', resourceVersion: '7' },
  webhooks: [
    { name: 'other.example.com', matchConditions: [{ name: 'x', expression: 'false' }] },
    { name: 'governed.jit.access', clientConfig: { caBundle: 'Q0E=' }, matchConditions },
  ],
})

describe('syncing an object', () => {
  it('replaces the conditions of the webhook of jit-access and keeps the rest', () =>
    expect(syncedObject(CONFIGURATION, configuration([{ name: 'governed', expression: 'false' }]), governed)).toEqual(configuration(conditions)))
  it('removes added conditions, since all conditions must match', () =>
    expect(syncedObject(CONFIGURATION, configuration([...conditions, { name: 'never', expression: 'false' }]), governed)).toEqual(
      configuration(conditions),
    ))
  it('adds missing conditions, since a webhook without conditions matches all users', () =>
    expect(syncedObject(CONFIGURATION, configuration(undefined), governed)).toEqual(configuration(conditions)))
  it('writes nothing if the conditions are equal', () => expect(syncedObject(CONFIGURATION, configuration(conditions), governed)).toBeUndefined())
  it('does not change another webhook', () =>
    expect(() => syncedObject(CONFIGURATION, { webhooks: [{ name: 'other.example.com' }] }, governed)).toThrow(
      'no webhook named governed.jit.access',
    ))
  it('writes one name per line and removes added keys', () => {
    const names = { users: 'oidc:a\noidc:b', groups: 'oidc:agents' }
    const metadata = { name: 'jit-access-governed', resourceVersion: '7' }
    expect(syncedObject(NAMES, { metadata }, governed)).toEqual({ metadata, data: names })
    expect(syncedObject(NAMES, { metadata, data: { ...names, more: 'x' } }, governed)).toEqual({ metadata, data: names })
    expect(syncedObject(NAMES, { metadata, data: names }, governed)).toBeUndefined()
  })
  it('drops a name with a line break', () =>
    expect(syncedObject(NAMES, {}, { conditions, names: { users: ['x\nalice'], groups: [] } })).toEqual({ data: { users: '', groups: '' } }))
})

describe('keeping objects in sync', () => {
  afterEach(() => void vi.useRealTimers())

  it('looks again within seconds when this process did not lead, since its leadership can begin without notice', async () => {
    vi.useFakeTimers()
    const sent: string[] = []
    const json = ({ method }: KubeCall): Promise<unknown> => {
      sent.push(method)
      return Promise.resolve(configuration([]))
    }
    const state = { leads: false }
    const keeper = syncMatchConditions({
      client: { json } as KubeClient,
      targets: [CONFIGURATION],
      policies: () => (state.leads ? [] : undefined),
      report: () => {},
      exempt: () => {},
    })
    keeper.nudge()
    await vi.advanceTimersByTimeAsync(1)
    state.leads = true
    expect(sent).toEqual([])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(sent).toEqual(['GET', 'PUT'])
    keeper.stop()
  })
})
