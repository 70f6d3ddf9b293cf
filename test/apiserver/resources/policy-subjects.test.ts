import { expect, it } from 'vitest'
import type { KubeObject } from '../../../apiserver/machinery/kind.ts'
import { accessPolicies } from '../../../apiserver/resources/access-policy.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import type { PolicySubject } from '../../../domain/api/access-policy.ts'
import { policy } from '../../domain/builders.ts'

const kind = accessPolicies(() => undefined, openSqliteStore(':memory:', 0))
const problems = (subject: PolicySubject): readonly string[] =>
  kind.strategy.validate(policy('p', { subjects: [subject] }) as unknown as KubeObject).map(({ field, message }) => `${field ?? ''}: ${message}`)

it.each<[string, PolicySubject]>([
  ['all users', { kind: 'Group', name: 'system:authenticated' }],
  ['system:masters', { kind: 'Group', name: 'system:masters' }],
  ['nodes', { kind: 'Group', name: 'system:nodes' }],
  ['all ServiceAccounts, which include the controllers', { kind: 'Group', name: 'system:serviceaccounts' }],
  ['the ServiceAccounts of kube-system', { kind: 'Group', name: 'system:serviceaccounts:kube-system' }],
  ['the scheduler', { kind: 'User', name: 'system:kube-scheduler' }],
  ['a controller by its user name', { kind: 'User', name: 'system:serviceaccount:kube-system:job-controller' }],
  ['jit-access itself', { kind: 'ServiceAccount', namespace: 'jit-system', name: 'jit-webhook' }],
])('a policy may not name %s', (_, subject) =>
  expect(problems(subject)).toEqual([
    'spec.subjects[0].name: Invalid value: it names all users, or identities of the cluster or of jit-access itself',
  ]),
)

it.each<[string, PolicySubject]>([
  ['a user', { kind: 'User', name: 'oidc:agent' }],
  ['a group', { kind: 'Group', name: 'oidc:agents' }],
  ['the ServiceAccounts of a namespace', { kind: 'Group', name: 'system:serviceaccounts:ci' }],
  ['a ServiceAccount', { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }],
])('a policy may name %s', (_, subject) => expect(problems(subject)).toEqual([]))
