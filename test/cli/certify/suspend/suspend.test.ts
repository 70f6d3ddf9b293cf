import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import type { AccessSuspension, AccessSuspensionSpec } from '../../../../domain/api/access-suspension.ts'
import { fakeIO, type Answers } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const PATH = '/apis/jit.access/v1/accesssuspensions'
const suspension = (name: string, spec: Partial<AccessSuspensionSpec> = { all: true }, status?: AccessSuspension['status']): AccessSuspension => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name },
  spec: { reason: 'incident', suspendedBy: { username: 'oidc:ann' }, ...spec },
  ...(status === undefined ? {} : { status }),
})
const LIFTED = suspension(
  'stop',
  { all: true },
  { conditions: [{ type: 'Lifted', status: 'True', message: 'fixed' }], liftedBy: { username: 'oidc:bob' } },
)

async function run(args: readonly string[], answers: Answers = {}) {
  const sent: object[] = []
  const keep = (body: object): AccessSuspension => (sent.push(body), { ...suspension('suspend-x7k2p'), ...body, metadata: { name: 'suspend-x7k2p' } })
  const io = fakeIO({ [`POST ${PATH}`]: keep, [`PUT ${PATH}/stop/lift`]: keep, [`GET ${PATH}/stop`]: () => suspension('stop'), ...answers })
  const code = await runCertify(io, args)
  return { code, sent, io }
}

describe('kubectl certify suspend', () => {
  it.each<[readonly string[], object, string]>([
    [['--all'], { all: true }, 'all agents'],
    [['--policy=ci'], { policy: 'ci' }, 'agents of policy "ci"'],
    [
      ['--agent=cn=bot,ou=ci', '--group', 'oidc:ci', '--serviceaccount=ci/bot'],
      {
        subjects: [
          { kind: 'User', name: 'cn=bot,ou=ci' },
          { kind: 'Group', name: 'oidc:ci' },
          { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
        ],
      },
      'User cn=bot,ou=ci, Group oidc:ci, ServiceAccount ci/bot',
    ],
  ])('%j stops them, and says how to lift it', async (flags, target, said) => {
    const { code, sent, io } = await run(['suspend', ...flags, '--reason=incident'])
    expect([code, sent]).toEqual([0, [expect.objectContaining({ kind: 'AccessSuspension', spec: { ...target, reason: 'incident' } })]])
    expect(io.printed()).toBe(
      `accesssuspension.jit.access/suspend-x7k2p created: ${said} stopped. To lift it: kubectl certify resume suspend-x7k2p --reason=TEXT\n`,
    )
  })
  it.each<[readonly string[], string]>([
    [['--reason=x'], 'nobody is named'],
    [['--all'], '--reason is required'],
    [['--all', '--reason= '], '--reason is required'],
    [['--agent=', '--reason=x'], 'flag needs a value: --agent'],
    [['--policy=', '--reason=x'], 'flag needs a value: --policy'],
    [['--serviceaccount=bot', '--reason=x'], 'must be NAMESPACE/NAME'],
    [['--all', '--agent=a', '--reason=x'], 'cannot be combined'],
    [['bot', '--reason=x'], '--agent=NAME'],
  ])('%j is a usage error that sends nothing', async (flags, message) => {
    const { code, sent, io } = await run(['suspend', ...flags])
    expect([code, sent, io.noted()]).toEqual([2, [], expect.stringContaining(message)])
  })
})

describe('kubectl certify resume', () => {
  it('lifts a suspension with its reason', async () => {
    const { code, sent, io } = await run(['resume', 'asus/stop', '--reason=fixed'])
    expect([code, sent]).toEqual([
      0,
      [expect.objectContaining({ status: { conditions: [expect.objectContaining({ type: 'Lifted', status: 'True', message: 'fixed' })] } })],
    ])
    expect(io.printed()).toContain('lifted: all agents can continue')
  })
  it('says who lifted it before, and changes nothing', async () => {
    const { code, sent, io } = await run(['resume', 'stop', '--reason=again'], { [`GET ${PATH}/stop`]: () => LIFTED })
    expect([code, sent, io.printed()]).toEqual([0, [], 'accesssuspension.jit.access/stop lifted before by oidc:bob: fixed\n'])
  })
  it('tries again after a conflict', async () => {
    let tries = 0
    const { code } = await run(['resume', 'stop', '--reason=fixed'], {
      [`PUT ${PATH}/stop/lift`]: () => {
        tries += 1
        if (tries === 1) throw new KubectlError('Conflict', 'changed')
        return LIFTED
      },
    })
    expect([code, tries]).toEqual([0, 2])
  })
  it('needs a name and a reason', async () => {
    expect([(await run(['resume', '--reason=x'])).code, (await run(['resume', 'stop'])).code]).toEqual([2, 2])
  })
})

describe('the inbox', () => {
  const LISTS: Answers = {
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:ann' } } }),
    'GET /apis/jit.access/v1/accessrequests': () => ({ items: [], metadata: { resourceVersion: '1' } }),
  }
  it('says what is suspended, and escapes what it quotes', async () => {
    const items = [suspension('a', { policy: 'ci', reason: 'odd\u001b[2J' }), LIFTED]
    const { code, io } = await run([], { ...LISTS, [`GET ${PATH}`]: () => ({ items }) })
    expect(code).toBe(0)
    expect(io.noted()).toContain('Suspended: agents of policy "ci" stopped by oidc:ann: odd\\u001b[2J (accesssuspension a)')
    expect(io.noted().match(/Suspended:/g)).toHaveLength(1)
  })
  it('works for a user that may not list suspensions', async () => {
    const { code, io } = await run([], LISTS)
    expect([code, io.noted()]).toEqual([0, expect.not.stringContaining('Suspended')])
  })
})
