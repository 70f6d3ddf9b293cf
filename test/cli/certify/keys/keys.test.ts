import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import type { ApproverKey, ApproverKeyStatus } from '../../../../domain/api/passkeys/approver-key.ts'
import { fakeIO, nowMs, type Answers } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const PATH = '/apis/jit.access/v1/approverkeys'
const FINGERPRINT = '3f2a 91bc 0d5e 77a1 c2b8 4410 9fe3 6d0a'
const key = (name: string, status: ApproverKeyStatus = {}): ApproverKey => ({
  apiVersion: 'jit.access/v1',
  kind: 'ApproverKey',
  metadata: { name, uid: `uid-${name}` },
  spec: { user: { username: 'oidc:alice', extra: { 'jit.access/via': ['console'] } }, label: 'laptop\u001b[2J' },
  status: {
    credentialID: 'c',
    publicKey: 'p',
    fingerprint: FINGERPRINT,
    registeredAt: new Date(nowMs - 60_000).toISOString(),
    rpID: 'console.example.com',
    ...status,
  },
})
const is = (type: string): ApproverKeyStatus => ({ conditions: [{ type, status: 'True' }], confirmedBy: { username: 'oidc:eve' } })
const WAITS = key('waits')

const refuse = (): never => {
  throw new KubectlError('Forbidden', 'approverkeys.jit.access "waits" is forbidden: nobody may confirm a key of their own')
}

async function run(args: readonly string[], { answers = {}, replies }: { readonly answers?: Answers; readonly replies?: readonly string[] } = {}) {
  const sent: ApproverKey[] = []
  const take = (body: ApproverKey): ApproverKey => (sent.push(body), body)
  const io = fakeIO(
    {
      [`GET ${PATH}`]: () => ({ items: [key('old', is('Revoked')), key('good', is('Confirmed')), WAITS] }),
      [`GET ${PATH}/waits`]: () => WAITS,
      [`GET ${PATH}/good`]: () => key('good', is('Confirmed')),
      [`GET ${PATH}/old`]: () => key('old', is('Revoked')),
      [`PUT ${PATH}/waits/confirmation`]: take,
      [`PUT ${PATH}/waits/revocation`]: take,
      ...answers,
    },
    replies === undefined ? {} : { replies },
  )
  return { code: await runCertify(io, ['keys', ...args]), io, sent }
}

it('lists keys, those that wait first, without what could move the cursor', async () => {
  const { code, io } = await run(['-o', 'wide'])
  expect(code).toBe(0)
  expect(
    io
      .printed()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(['NAME', 'waits', 'good', 'old', ''])
  expect(io.printed()).toContain(FINGERPRINT)
  expect(io.printed()).not.toContain('\u001b')
})

describe('confirm', () => {
  it('shows the key, and sends what was shown after a yes', async () => {
    const { code, io, sent } = await run(['confirm', 'waits'], { replies: ['y'] })
    expect([code, io.noted().includes(FINGERPRINT), io.noted().includes('oidc:alice')]).toEqual([0, true, true])
    expect(io.noted()).not.toContain('\u001b')
    expect(sent[0]?.status).toMatchObject({ fingerprint: FINGERPRINT, conditions: [{ type: 'Confirmed', status: 'True' }] })
  })
  it.each(['', 'n', 'maybe'])('sends nothing after %j', async (reply) => {
    const { code, sent } = await run(['confirm', 'waits'], { replies: [reply] })
    expect([code, sent]).toEqual([1, []])
  })
  it.each([FINGERPRINT, '3F2A:91BC:0D5E:77A1:C2B8:4410:9FE3:6D0A', FINGERPRINT.replaceAll(' ', '')])('takes the fingerprint as %s', async (text) => {
    const { code, sent } = await run(['confirm', 'waits', `--fingerprint=${text}`])
    expect([code, sent.length]).toEqual([0, 1])
  })
  it.each(['', '3f2a', FINGERPRINT.replace('3f2a', '3f2b')])('refuses the fingerprint %j, and says how to end the key', async (text) => {
    const { code, io, sent } = await run(['confirm', 'waits', `--fingerprint=${text}`])
    expect([code, sent]).toEqual([6, []])
    expect(io.noted()).toContain('kubectl certify keys revoke waits')
  })
  it('needs the fingerprint without a terminal, and one name', async () => {
    expect((await run(['confirm', 'waits'])).code).toBe(2)
    expect((await run(['confirm', 'waits', 'good'])).code).toBe(2)
    expect((await run(['confirm'])).code).toBe(2)
  })
  it('changes nothing about a key that is confirmed, revoked or not registered', async () => {
    expect((await run(['confirm', 'good'])).code).toBe(0)
    expect((await run(['confirm', 'old'])).code).toBe(4)
    const bare: ApproverKey = { ...WAITS, status: {} }
    expect((await run(['confirm', 'waits'], { answers: { [`GET ${PATH}/waits`]: () => bare } })).code).toBe(4)
  })
  it('passes on the refusal of the server', async () => {
    const { code, io } = await run(['confirm', 'waits'], { replies: ['y'], answers: { [`PUT ${PATH}/waits/confirmation`]: refuse } })
    expect([code, io.noted().includes('nobody may confirm')]).toEqual([6, true])
  })
})

describe('revoke', () => {
  it('ends keys, with the reason', async () => {
    const { code, sent } = await run(['revoke', 'waits', 'approverkey/old', '--reason=lost'])
    expect(code).toBe(0)
    expect(sent.map(({ status }) => status?.conditions)).toEqual([[{ type: 'Revoked', status: 'True', reason: 'KubectlCertify', message: 'lost' }]])
  })
  it('tries again after a conflict', async () => {
    let conflicts = 2
    const put = (body: ApproverKey): ApproverKey => {
      if (conflicts > 0) {
        conflicts -= 1
        throw new KubectlError('Conflict', 'changed')
      }
      return body
    }
    expect((await run(['revoke', 'waits'], { answers: { [`PUT ${PATH}/waits/revocation`]: put } })).code).toBe(0)
  })
})

it('another word is not a command', async () => expect((await run(['delete', 'waits'])).code).toBe(2))
