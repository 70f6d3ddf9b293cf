import { expect } from 'vitest'
import { kubectl } from '../cluster/environment.ts'
import { until } from '../until.ts'
import { admin } from './workspace.ts'

type Waiting = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly operation?: { readonly path: string } }
  readonly status?: { readonly phase?: string }
}

/** Waits until an operation with these words in its path is held, and approves it as the approver. */
export async function approve(path: string): Promise<void> {
  const waiting = await until('an approver is asked', async () => {
    const { items } = JSON.parse(await admin(['get', 'accessrequests', '-o', 'json'])) as { readonly items: readonly Waiting[] }
    return items.find(({ spec, status }) => status?.phase === 'Pending' && spec.operation?.path.includes(path))?.metadata.name
  })
  expect(await kubectl('approver', ['certify', 'approve', waiting])).toMatchObject({ code: 0 })
}
