import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { fakeIO, type Answers } from '../../../fakes/io.ts'
import { RBAC } from '../../doctor-objects.ts'
import { runCertify } from '../../run-certify.ts'

const POLICIES = '/apis/jit.access/v1/accesspolicies'
const policy = (rules: readonly object[]) => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name: 'a', uid: 'x', resourceVersion: '3' },
  spec: { subjects: [{ kind: 'Group', name: 'agents' }], rules },
})
const role = (name: string, ...rules: readonly object[]) => ({ metadata: { name }, rules })
const binding = (name: string, subject: string) => ({
  metadata: { name },
  roleRef: { kind: 'ClusterRole', name },
  subjects: [{ kind: 'Group', name: subject }],
})

const APPROVER = [
  { verbs: ['update'], apiGroups: ['jit.access'], resources: ['accessrequests/approval'] },
  { verbs: ['certify'], apiGroups: ['jit.access'], resources: ['accesspolicies'] },
]
const rbac = (bindings: readonly object[]): Answers => ({
  [`GET ${RBAC}/clusterroles`]: () => ({ items: [role('approver', ...APPROVER), role('base'), role('elevated')] }),
  [`GET ${RBAC}/roles`]: () => ({ items: [] }),
  [`GET ${RBAC}/clusterrolebindings`]: () => ({ items: bindings }),
  [`GET ${RBAC}/rolebindings`]: () => ({ items: [] }),
})
const BOUND = [binding('approver', 'humans'), binding('base', 'jit.access:baseline:a'), binding('elevated', 'jit.access:elevated:a')]
const sound: Answers = { [`GET ${POLICIES}/a`]: () => policy([{ name: 'r', effect: 'Deny' }]), 'TEXT create': () => '{}', ...rbac(BOUND) }

const lint = async (answers: Answers, args: readonly string[] = ['a'], files = {}) => {
  const io = fakeIO({ ...sound, ...answers }, { files })
  return { code: await runCertify(io, ['policy', 'lint', ...args]), said: io.printed() + io.noted() }
}

describe('policy lint', () => {
  it('exits with 0 for a sound policy', async () => {
    const { code, said } = await lint({})
    expect(said).not.toMatch(/[✗?!] /)
    expect([code, said]).toEqual([0, expect.stringContaining('✓ approvers of policy "a": Group humans')])
  })
  it('warns of windows that never open', async () => {
    const windows = [{ name: 'always', effect: 'Freeze', timeZone: 'UTC' }]
    const frozen = { ...policy([]), spec: { subjects: [{ kind: 'Group', name: 'agents' }], approvals: { windows } } }
    const { code, said } = await lint({ [`GET ${POLICIES}/a`]: () => frozen })
    expect([code, said]).toEqual([0, expect.stringContaining('! spec.approvals.windows: they leave no time open in the next 32 days')])
  })
  it('asks the server about the spec under another name, by a dry run', async () => {
    const calls: (readonly string[])[] = []
    await lint({ 'TEXT create': (args: readonly string[]) => (calls.push(args), '{}') })
    expect(calls).toEqual([['create', '--raw', `${POLICIES}?dryRun=All`, '-f', '-']])
  })
  it('names the policy in what the server says, not the name of the dry run', async () => {
    const { said } = await lint({
      'TEXT create': () => {
        throw new KubectlError('Invalid', 'The AccessPolicy "a.lint" is invalid: spec.subjects: Required value')
      },
    })
    expect(said).toContain('the server refuses it: The AccessPolicy "a" is invalid: spec.subjects')
  })
  it.each([
    [
      'a rule that an earlier one covers',
      {
        [`GET ${POLICIES}/a`]: () =>
          policy([
            { name: 'r', effect: 'Deny' },
            { name: 'late', effect: 'Allow', match: { verbs: ['get'] } },
          ]),
      },
      /✗ spec\.rules\[1\]: rule "late" never decides/,
    ],
    [
      'what the server refuses',
      {
        'TEXT create': () => {
          throw new KubectlError('Invalid', 'spec.rules[0].match.condition: no such field')
        },
      },
      /✗ the server refuses it: spec\.rules\[0\]\.match\.condition/,
    ],
    [
      'what the server does not check for this user',
      {
        'TEXT create': () => {
          throw new KubectlError('Forbidden', 'no')
        },
      },
      /\? the server does not let you create policies/,
    ],
    ['nobody who may certify', rbac(BOUND.slice(1)), /✗ only cluster admins can certify under policy "a"/],
    ['a group that nobody has bound', rbac(BOUND.slice(0, 2)), /✗ jit\.access:elevated:a is bound to nothing/],
    [
      'RBAC that cannot be read',
      {
        [`GET ${RBAC}/roles`]: () => {
          throw new KubectlError('Forbidden', 'no')
        },
      },
      /\? RBAC objects cannot be read/,
    ],
  ] as const)('finds %s, and exits with 8', async (_, answers, says) => {
    const { code, said } = await lint(answers)
    expect([code, said]).toEqual([8, expect.stringMatching(says)])
  })
  it('reads policies of a file', async () => {
    const file =
      'kind: ConfigMap\n---\nkind: AccessPolicy\nmetadata: {name: a}\nspec: {subjects: [], rules: [{name: r, effect: Deny}, {name: s, effect: Deny}]}\n'
    const { code, said } = await lint({}, ['-f', 'p.yaml'], { 'p.yaml': file })
    expect([code, said]).toEqual([8, expect.stringContaining('rule "s" never decides')])
  })
  it.each([[[]], [['-f', 'empty.yaml']], [['-f', 'bad.yaml']]])('%j is wrong usage', async (args) => {
    expect((await lint({}, args, { 'bad.yaml': 'a: [', 'empty.yaml': '' })).code).toBe(2)
  })
})
