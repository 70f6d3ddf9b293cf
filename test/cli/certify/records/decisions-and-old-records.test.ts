import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../../domain/record/events.ts'
import { openRecorder } from '../../../../server/records/recorder.ts'
import { fakeIO, nowMs, type FakeIO } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const folders: string[] = []
afterEach(async () => {
  for (const dir of folders.splice(0)) await rm(dir, { recursive: true, force: true })
})

async function recordsOf(events: readonly RecordEvent[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jit-decisions-'))
  folders.push(dir)
  let now = nowMs
  const recorder = await openRecorder({ dir, clock: { nowMs: () => (now += 100) }, onError: () => undefined })
  for (const event of events) await recorder.record(event)
  await recorder.close()
  return dir
}
async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly io: FakeIO }> {
  const io = fakeIO()
  return { code: await runCertify(io, args), io }
}
/** The timeline of a replay: its lines without the time. */
const timeline = (io: FakeIO): readonly string[] =>
  io
    .printed()
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim().replace(/^\S+Z {2}/, ''))

const decided = {
  event: 'access.decided',
  session: 'one',
  user: 'oidc:agent',
  request: 'fix-web',
  asks: 'patch deployments.apps "web" in shop',
} as const
const approval = { ...decided, decision: 'Approved', required: 2, policy: 'coding-agents' } as const

describe('replay of decisions', () => {
  it('shows who approved, as which of several, and what the grant gives', async () => {
    const dir = await recordsOf([
      { ...approval, auditID: 'b1', by: 'oidc:ann', approvals: 1 },
      {
        ...approval,
        auditID: 'b2',
        by: 'oidc:bob',
        approvals: 2,
        grant: 'fix-web',
        durationSeconds: 600,
        maxUses: 3,
        narrowed: true,
        message: 'go on',
      },
    ])
    const { code, io } = await run('replay', '--records', dir)
    expect(code).toBe(0)
    expect(timeline(io)).toEqual([
      'accessrequest fix-web approved by oidc:ann, 1 of 2 approvals',
      'patch deployments.apps "web" in shop',
      'accessrequest fix-web approved by oidc:bob, 2 of 2 approvals: go on',
      'accessgrant fix-web under policy coding-agents for 10m, 3 uses',
      'patch deployments.apps "web" in shop',
      'cut down',
    ])
  })
  it('shows the rule that decided in place of approvers', async () => {
    const by = { by: 'rule:coding-agents/logs', rules: ['coding-agents/logs'], message: 'rule "logs" of policy "coding-agents" applies' }
    const dir = await recordsOf([
      { ...decided, ...by, auditID: 'b1', decision: 'Approved', policy: 'coding-agents', grant: 'fix-web', durationSeconds: 60 },
    ])
    expect(timeline((await run('replay', '--records', dir)).io).slice(0, 2)).toEqual([
      'accessrequest fix-web approved by rule:coding-agents/logs: rule "logs" of policy "coding-agents" applies',
      'accessgrant fix-web under policy coding-agents for 1m, any number of uses',
    ])
  })
  it.each([
    ['Denied', {}, 'accessrequest fix-web denied by oidc:ann'],
    ['Withdrawn', {}, 'accessrequest fix-web withdrawn by oidc:ann'],
    ['Deleted', {}, 'accessrequest fix-web deleted by oidc:ann'],
    ['Revoked', { grant: 'fix-web' }, 'accessgrant fix-web of accessrequest fix-web revoked by oidc:ann'],
  ] as const)('shows what was %s', async (decision, more, line) => {
    const dir = await recordsOf([{ ...decided, ...more, decision, auditID: 'b1', by: 'oidc:ann' }])
    expect(timeline((await run('replay', '--records', dir)).io)[0]).toBe(line)
  })
  it('shows a decision once that a killed apiserver recorded twice', async () => {
    const event: RecordEvent = { ...decided, decision: 'Denied', auditID: 'b1', by: 'oidc:ann' }
    const dir = await recordsOf([event, event])
    expect(timeline((await run('replay', '--records', dir)).io)).toEqual(timeline((await run('replay', '--records', await recordsOf([event]))).io))
  })
})

/** Written by the recorder of commit 9e14376, before decisions were recorded and large pieces compressed. */
const OLD = join(import.meta.dirname, 'of-9e14376')

describe('records of an earlier version', () => {
  it('verify', async () => {
    const { code, io } = await run('verify', OLD)
    expect([code, io.printed().split('\n')[0]]).toEqual([0, 'The records verify: 13 lines in 1 file, no line changed, missing, moved or inserted.'])
  })
  it('replay', async () => {
    const { code, io } = await run('replay', '--records', OLD)
    expect(code).toBe(0)
    expect(timeline(io)).toEqual([
      'list pods  [coding-agents]',
      '-> 200 after 12ms',
      '(of request a3, which began before)',
      'waited for an approval: accessrequest delete-old',
      'denied after 4.2s: it serves customers',
      'create pods/exec "web-0" in shop  [grant g]',
      'exec opened: sh',
      '< ls',
      '| bin',
      '| etc',
      'stream ended (revoked) after 900ms, exit code 137',
    ])
  })
})
