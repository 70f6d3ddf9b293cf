import { expect } from 'vitest'
import { kubectl } from '../cluster/environment.ts'
import { admin, until } from './stage.ts'

type Waiting = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly operation?: { readonly path: string } }
  readonly status?: { readonly phase?: string }
}

/** Waits until an operation with these words in its path is held, and approves it as the approver. @throws Error if none is held within 15 s */
export async function approve(path: string): Promise<void> {
  let waiting = ''
  await until('somebody is asked', 15, async () => {
    const { items } = JSON.parse(await admin(['get', 'accessrequests', '-o', 'json'])) as { readonly items: readonly Waiting[] }
    waiting = items.find(({ spec, status }) => status?.phase === 'Pending' && spec.operation?.path.includes(path))?.metadata.name ?? ''
    return waiting !== ''
  })
  expect(await kubectl('approver', ['certify', 'approve', waiting])).toMatchObject({ code: 0 })
}
