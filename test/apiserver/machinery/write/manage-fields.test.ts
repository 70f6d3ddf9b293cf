import { expect, it } from 'vitest'
import { trackUpdate } from '../../../../apiserver/machinery/write/manage-fields.ts'
import { notificationChannels } from '../../../../apiserver/resources/notification-channel.ts'
import type { KubeObject } from '../../../../apiserver/machinery/kind.ts'

const kind = notificationChannels()
const by = { manager: 'kubectl-edit', operation: 'Update', subresource: '' } as const
const nowMs = Date.parse('2026-11-25T12:00:00Z')
const channel = (url: string): KubeObject => ({ apiVersion: 'jit.access/v1', kind: 'NotificationChannel', metadata: { name: 'a' }, spec: { url } })
/** As a client sends it: one manager that owns as many labels as wanted. */
const sent = (labels: number) => [
  {
    manager: 'sent',
    operation: 'Update',
    apiVersion: 'jit.access/v1',
    time: '2026-11-25T11:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': { 'f:labels': Object.fromEntries(Array.from({ length: labels }, (_, at) => [`f:label-${at}`, {}])) } },
  },
]
const managersAfter = (labels: number): readonly string[] => {
  const { metadata } = trackUpdate({ kind, by, before: channel('https://one'), after: channel('https://two'), sent: sent(labels), nowMs })
  return (metadata.managedFields ?? []).map((entry) => String((entry as { readonly manager?: string }).manager))
}

it('managedFields of a client are used up to 64 KiB, and beyond that those that are stored', () => {
  expect(managersAfter(1_000)).toEqual(['kubectl-edit', 'sent'])
  expect(managersAfter(10_000)).toEqual(['kubectl-edit'])
})
