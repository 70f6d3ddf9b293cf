import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { kubectl, uniqueName } from '../cluster/environment.ts'

/** The plugins with the real kubectl, gateway and aggregated API server, which verifies the assumptions of the fakes in other tests. */
const ask = (name: string, ...more: readonly string[]): readonly string[] => [
  'create',
  'accessrequest',
  '--verb=patch',
  '--resource=deployments.apps/scale',
  '--namespace=shop',
  `--name=${name}`,
  ...more,
]
const nameIn = (text: string): string => /accessrequest\.jit\.access\/(\S+)/.exec(text)?.[1] ?? ''
const file = async (...more: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await kubectl('agent', ask(uniqueName('web'), '-o', 'name', ...more))
  expect([code, stderr]).toEqual([0, ''])
  return nameIn(stdout)
}
const read = async <T>(kind: string, name: string): Promise<T> =>
  JSON.parse((await kubectl('approver', ['get', kind, name, '-o', 'json'])).stdout) as T

describe('kubectl create accessrequest', () => {
  it('creates a request for the user that the gateway authenticated, and finds it again', async () => {
    const web = uniqueName('web')
    const first = await kubectl('agent', ask(web, '--reason=slow', '--ticket=T-1', '--duration=2m', '--uses=1', '--agent-task=scale'))
    expect(first.code).toBe(0)
    const name = nameIn(first.stdout)
    const { spec } = await read<AccessRequest>('accessrequest', name)
    expect(spec).toMatchObject({
      requester: { username: 'oidc:agent' },
      policy: 'coding-agents',
      rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'], namespaces: ['shop'], resourceNames: [web] }],
      reason: 'slow',
      ticket: 'T-1',
      durationSeconds: 120,
      maxUses: 1,
      agent: { task: 'scale' },
    })
    const again = await kubectl('agent', ask(web, '--reason=slow', '--ticket=T-1', '--duration=2m', '--uses=1', '--agent-task=scale'))
    expect(again.stdout).toContain(`accessrequest.jit.access/${name} found: asked before`)
  })

  it('reads a piped refusal', async () => {
    const web = uniqueName('web')
    const refused = await kubectl('agent', ['-n', 'shop', 'create', 'configmap', web])
    expect(refused.code).not.toBe(0)
    const asked = await kubectl('agent', ['create', 'accessrequest', '--from-refusal', `--reason=${web}`, '-o', 'json'], { input: refused.stderr })
    expect(asked.code).toBe(0)
    expect((JSON.parse(asked.stdout) as AccessRequest).spec.rules).toEqual([
      { verbs: ['create'], apiGroups: [''], resources: ['configmaps'], namespaces: ['shop'] },
    ])
  })

  it('requests patch for existing objects of a file and create for missing ones', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'jit-cli-'))
    const path = join(dir, 'x.yaml')
    const missing = uniqueName('cm')
    await writeFile(
      path,
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${missing}, namespace: shop}\n`,
    )
    const asked = await kubectl('agent', ['create', 'accessrequest', '--for', '-f', path, '--dry-run=server', '-o', 'json'])
    expect([asked.code, asked.stderr]).toEqual([0, ''])
    expect((JSON.parse(asked.stdout) as AccessRequest).spec.rules).toEqual([
      { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] },
      { verbs: ['create'], apiGroups: [''], resources: ['configmaps'], namespaces: ['shop'] },
    ])
    await rm(dir, { recursive: true })
  })

  it('exits with 6 for more than the policy allows, and says what it allows', async () => {
    const { code, stderr } = await kubectl('agent', ask('web', '--duration=9h'))
    expect([code, stderr]).toEqual([6, expect.stringContaining('allows at most 3600')])
  })

  it('exits with 6 for a user that no policy governs', async () => {
    expect((await kubectl('developer', ask('web'))).code).toBe(6)
  })
})

describe('--wait', () => {
  it.each([
    ['approve', [], 0, /approved/],
    ['deny', ['--reason=not today'], 3, /denied: not today/],
  ])('ends on a decision: %s', async (command, flags, code, says) => {
    const web = uniqueName('web')
    const asking = kubectl('agent', ask(web, '--wait'))
    let name = ''
    for (let tries = 0; name === '' && tries < 60; tries += 1) {
      const { items } = JSON.parse((await kubectl('approver', ['certify', '-o', 'json'])).stdout) as { readonly items: readonly AccessRequest[] }
      name = items.find(({ spec }) => spec.rules?.[0]?.resourceNames?.[0] === web)?.metadata.name ?? ''
    }
    expect((await kubectl('approver', ['certify', command, name, ...flags])).code).toBe(0)
    const asked = await asking
    expect([asked.code, asked.stdout + asked.stderr]).toEqual([code, expect.stringMatching(says)])
  })
  it('exits with 5 at its timeout, without progress output in a pipe', async () => {
    const { code, stderr } = await kubectl('agent', ask(uniqueName('web'), '--wait', '--timeout=2s'))
    expect(code).toBe(5)
    expect(stderr).toMatch(
      /^error: accessrequest "[^"\n]+" was not decided in time, and still waits: no approver has decided[^\n]*\n {2}run the same command again to continue waiting\n$/,
    )
  })
})

describe('kubectl certify', () => {
  it('lists, shows and approves less of a request, and repeating changes nothing', async () => {
    const name = await file('--reason=trust me', '--duration=10m')
    expect((await kubectl('approver', ['certify'])).stdout).toContain(name)
    const shown = await kubectl('approver', ['certify', 'show', name])
    expect(shown.stdout).toContain('Asked by:    oidc:agent\n')
    expect(shown.stdout).toContain('reason:  | trust me')
    const approved = await kubectl('approver', ['certify', 'approve', name, '--duration=5m', '--uses=1', '--reason=go ahead'])
    expect([approved.code, approved.stderr]).toEqual([0, ''])
    expect(approved.stdout).toMatch(
      new RegExp(`^accessrequest.jit.access/${name} approved\naccessgrant.jit.access/${name} ends at \\S+ \\(in (5m|4m\\d+s)\\), 1 use\n$`),
    )
    const grant = await read<AccessGrant>('accessgrant', name)
    expect(grant.spec.maxUses).toBe(1)
    expect(Date.parse(grant.spec.expiresAt) - Date.parse(grant.spec.notBefore)).toBeLessThanOrEqual(301_000)
    const again = await kubectl('approver', ['certify', 'approve', name, '--duration=5m', '--uses=1'])
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('approved by you before')])
    expect((await kubectl('secondApprover', ['certify', 'approve', name])).code).toBe(4)
  })

  it('by two approvers at once makes one decision, and none overwrites the other', async () => {
    const name = await file()
    const both = await Promise.all([
      kubectl('approver', ['certify', 'approve', name]),
      kubectl('secondApprover', ['certify', 'deny', name, '--reason=no']),
    ])
    expect(both.filter(({ code }) => code === 0)).toHaveLength(1)
    expect(both.find(({ code }) => code !== 0)?.code).toBeOneOf([3, 4])
    const { status } = await read<AccessRequest>('accessrequest', name)
    expect(status?.conditions).toHaveLength(1)
  })

  it('refuses to approve the own request', async () => {
    const name = await file()
    expect((await kubectl('agent', ['certify', 'approve', name])).code).toBe(6)
    expect((await read<AccessRequest>('accessrequest', name)).status?.phase).toBe('Pending')
  })

  it('shows other users an empty inbox and no request', async () => {
    const name = await file()
    expect(await kubectl('developer', ['certify', 'deny', name, '--reason=x'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`"${name}" not found`) as string,
    })
    expect((await kubectl('agent', ['certify', '-o', 'name'])).stdout).toBe('')
  })

  it('revokes a grant, and repeating changes nothing', async () => {
    const name = await file()
    await kubectl('approver', ['certify', 'approve', name])
    const revoked = await kubectl('approver', ['certify', 'revoke', name, '--reason=enough seen'])
    expect([revoked.code, revoked.stdout]).toEqual([0, `accessgrant.jit.access/${name} revoked\n`])
    expect((await read<AccessGrant>('accessgrant', name)).status?.conditions?.[0]).toMatchObject({
      type: 'Revoked',
      message: 'oidc:approver: enough seen',
    })
    expect((await kubectl('approver', ['certify', 'revoke', name])).stdout).toContain('revoked before')
  })

  it('lets an agent give up its own grant, and no grant of others', async () => {
    const name = await file()
    await kubectl('approver', ['certify', 'approve', name])
    const other = await kubectl('developer', ['certify', 'revoke', name])
    expect([other.code, other.stdout]).toEqual([expect.toBeOneOf([1, 6]), ''])
    const revoked = await kubectl('agent', ['certify', 'revoke', name, '--reason=done'])
    expect([revoked.code, revoked.stderr, revoked.stdout]).toEqual([0, '', `accessgrant.jit.access/${name} revoked\n`])
    expect((await read<AccessGrant>('accessgrant', name)).status?.conditions?.[0]).toMatchObject({ type: 'Revoked', message: 'oidc:agent: done' })
  })

  it('extends a live grant, for less time than was asked for, and not one that was revoked', async () => {
    const name = await file('--duration=1m')
    await kubectl('approver', ['certify', 'approve', name])
    const extend = ['create', 'accessrequest', `--extend=${name}`, '--reason=not done', '--duration=20m'] as const
    const asked = await kubectl('agent', extend)
    expect([asked.code, asked.stderr]).toEqual([0, ''])
    const more = nameIn(asked.stdout)
    expect((await kubectl('approver', ['certify', 'show', more])).stdout).toContain(`Extends:     accessgrant ${name}`)
    const approved = await kubectl('approver', ['certify', 'approve', more, '--duration=10m'])
    expect([approved.code, approved.stderr, approved.stdout]).toEqual([
      0,
      '',
      expect.stringMatching(new RegExp(`accessgrant.jit.access/${name} ends at \\S+ \\(in (10m|9m\\d+s)\\)`)),
    ])
    const grant = await read<AccessGrant>('accessgrant', name)
    expect(grant.status?.extensions).toMatchObject([{ requestName: more }])
    expect((await kubectl('agent', [...extend, '--wait'])).stdout).toContain(
      `(grant ${name}, ends at ${grant.status?.extensions?.[0]?.expiresAt ?? '?'} now`,
    )
    await kubectl('approver', ['certify', 'revoke', name])
    const refused = await kubectl('agent', ['create', 'accessrequest', `--extend=${name}`, '--reason=again', '--duration=30m'])
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('it was revoked')])
  })

  it('transfers nothing to an agent that the policy does not name as a receiver', async () => {
    const name = await file()
    await kubectl('approver', ['certify', 'approve', name])
    const refused = await kubectl('agent', ['certify', 'transfer', name, '--to=oidc:other'])
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('policy "coding-agents" does not name "oidc:other" as a receiver')])
  })

  it('exits with 1 for a request that does not exist', async () => {
    const { code, stderr } = await kubectl('approver', ['certify', 'show', 'nope'])
    expect([code, stderr]).toEqual([
      1,
      'error: accessrequests.jit.access "nope" not found\n  list those that you can see: kubectl get accessrequests\n',
    ])
  })
})

describe('an impersonating caller', () => {
  it("is used by the plugins, because kubectl's flags are passed on", async () => {
    const name = await file()
    const { code, stderr } = await kubectl('admin', ['certify', 'approve', name, '--as=nobody-of-note'])
    expect([code, stderr]).toEqual([6, expect.stringContaining('nobody-of-note')])
  })
})
