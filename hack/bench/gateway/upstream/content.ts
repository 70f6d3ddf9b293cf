/** Responses of the raw upstream of the benchmarks, in the size and shape of kube-apiserver's. */
import { random, word } from '../../mask/generated-input.ts'

/** About 1.3 KB: the small object of every comparison. */
export function pod(): Buffer {
  const metadata = { name: 'web-6d4cf56db6-x2x8k', namespace: 'bench', uid: '7c0e6f2a-0000-4000-8000-000000000001', resourceVersion: '4711' }
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value-of-setting-${index}-in-the-shop` }))
  const spec = {
    containers: [{ name: 'web', image: 'registry.example/web:1.2.3', env, resources: {}, imagePullPolicy: 'IfNotPresent' }],
    nodeName: 'n1',
  }
  const status = { phase: 'Running', podIP: '10.0.0.7', startTime: '2026-03-01T10:00:00Z', qosClass: 'BestEffort' }
  return Buffer.from(`${JSON.stringify({ kind: 'Pod', apiVersion: 'v1', metadata, spec, status })}\n`)
}

/**
 * Secret values that end in the canary. Hostile text is made of the beginnings of values, which are not a leak, so they must not hold the
 * canary.
 */
export function canaryValues(count: number, canary: string): readonly string[] {
  const next = random(11)
  return Array.from({ length: count }, () => `${word(next, 8 + Math.floor(next() * 12))}${canary}`)
}

type SecretListOptions = { readonly bytes: number; readonly length: number; readonly canary: string; readonly namespace: string }

/** A SecretList of about `bytes`, as kube-apiserver prints it, with managedFields; every value holds the canary. */
export function secretList({ bytes, length, canary, namespace }: SecretListOptions): Buffer {
  const next = random(2)
  const items: string[] = []
  for (let size = 0, index = 0; size < bytes; index++) {
    const value = `${word(next, 4)}${canary}${word(next, Math.max(0, length - 4 - canary.length))}`
    const metadata = {
      name: `secret-${index}`,
      namespace,
      uid: `7c0e6f2a-0000-4000-8000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(100_000 + index),
      creationTimestamp: '2026-03-01T10:00:00Z',
      labels: { app: `app-${index % 100}` },
      managedFields: [
        {
          manager: 'kubectl-create',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-03-01T10:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { '.': {}, 'f:password': {} }, 'f:type': {} },
        },
      ],
    }
    const item = JSON.stringify({ metadata, data: { password: Buffer.from(value).toString('base64') }, type: 'Opaque' })
    size += item.length + 1
    items.push(item)
  }
  return Buffer.from(`{"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[${items.join(',')}]}\n`)
}
