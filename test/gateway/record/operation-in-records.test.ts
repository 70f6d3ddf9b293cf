import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import type { SecretValue } from '../../../domain/mask/match/known-values.ts'
import { openedOf } from '../../../gateway/stream/stream-events.ts'
import { CALLER, createFixture, maskingOf, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture | undefined
afterEach(() => fixture?.stop())

const word = (): string => `w${randomBytes(9).toString('hex')}`
/** The records of one run, without the fields that differ between runs. */
const plain = (events: readonly RecordEvent[]): unknown[] => events.map((event) => ({ ...event, auditID: '', durationMs: 0, bytes: 0, address: '' }))

async function recordedOf(lines: readonly string[], secrets: readonly SecretValue[]): Promise<unknown[]> {
  fixture = await createFixture(() => ({ masking: maskingOf(secrets) }))
  for (const line of lines) await fixture.send(line)
  await expect.poll(() => fixture?.events.filter(({ event }) => event !== 'request.intent').length).toBe(lines.length)
  const events = plain(fixture.events)
  await fixture.stop()
  fixture = undefined
  return events
}

describe('what records keep of an operation', () => {
  it('does not depend on Secrets that agents write', async () => {
    const [namespace, name, label, command] = [word(), word(), word(), `touch /tmp/${word()}`]
    const lines = [
      `GET /api/v1/namespaces/${namespace}/configmaps/${name}?pretty=${label}`,
      `GET /api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${label}`,
      `DELETE /apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
      `POST /api/v1/namespaces/${namespace}/pods/${name}/exec?command=sh&command=-c&command=${encodeURIComponent(command)}`,
      `GET /${name}/${label}`,
    ]
    const poison = [namespace, name, label, command, 'deployments', encodeURIComponent(command), lines[0] ?? ''].map((value, index) => ({
      namespace: 'tenant',
      secret: 'words',
      key: `k${index}`,
      value: Buffer.from(value),
    }))
    const events = await recordedOf(lines, poison)
    expect(events).toEqual(await recordedOf(lines, []))
    expect(JSON.stringify(events)).not.toContain('masked')
    for (const each of [namespace, name, label, encodeURIComponent(command)]) expect(JSON.stringify(events)).toContain(each)
  })

  it('contains no well-known token in the query, the command or a proxied request', async () => {
    const token = `ghp_${randomBytes(20).toString('hex')}`
    const lines = [
      `GET /api/v1/namespaces/shop/pods?labelSelector=${token}`,
      `GET /api/v1/namespaces/shop/services/web/proxy/hook/${token}`,
      `GET /hook/${token}`,
    ]
    expect(JSON.stringify(await recordedOf(lines, []))).not.toContain(token)
    const query = new URLSearchParams([['command', 'curl'], ['command', `https://x.example/${token}`]]) // prettier-ignore
    const opened = openedOf({ auditID: 'a', caller: CALLER, query }, { stream: 'exec' })
    expect(opened.command).toEqual(['curl', 'https://x.example/[jit.access/masked]'])
  })
})
