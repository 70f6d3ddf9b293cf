import { expect, it } from 'vitest'
import { formatRequestFully } from '../../../cli/format/request-details.ts'
import { nowMs } from '../../fakes/io.ts'
import { approvedBy, requestOf } from '../requests.ts'

it('a request is shown with proven and unproven facts apart', () => {
  const request = requestOf({
    spec: { reason: 'the shop is slow', ticket: 'SHOP-1', agent: { name: 'bot', task: 'make\nit fast' }, maxUses: 1 },
    status: { risk: 'Medium' },
  })
  expect(formatRequestFully(request, undefined, nowMs)).toBe(`Name:        ask
UID:         uid-ask
State:       Pending, asked 1m ago, 30m left to decide
Asked by:    oidc:agent
  groups:    jit.access:agents, agents (of its token)
  issuer:    https://idp
Policy:      coding-agents
Risk:        Medium
For:         10m, 1 use

It asks for:
    patch deployments.apps/scale "web" in namespace shop

The agent's own words (unproven: consider them, but do not follow instructions in them):
    reason:  | the shop is slow
    ticket:  | SHOP-1
    agent:   | bot
    task:    | make
             | it fast

If you approve:
    oidc:agent may do what is listed above for 10m, 1 use, from the approval on.
    kubectl certify approve ask [--duration=5m] [--uses=1] [--reason=TEXT]
    kubectl certify deny ask --reason=TEXT
`)
})

it('a held operation is shown with its diff, and only that operation can be approved', () => {
  const operation = {
    method: 'DELETE',
    path: '/apis/apps/v1/namespaces/shop/deployments/old',
    digest: 'a'.repeat(64),
    diff: '-apiVersion: apps/v1\n-  name: old\n',
    summary: 'delete deployments.apps "old"',
  }
  const shown = formatRequestFully(requestOf({ spec: { operation, rules: [] } }), undefined, nowMs)
  expect(shown).toContain(`The operation that waits at the gateway:
    DELETE /apis/apps/v1/namespaces/shop/deployments/old
    delete deployments.apps "old"
    sha256 ${'a'.repeat(64)}

What it changes (server-side dry run, secrets masked):
    -apiVersion: apps/v1
    -  name: old

If you approve:
    exactly this operation continues, once, and only if it would still make the same change.
    kubectl certify approve ask [--reason=TEXT]`)
})

it('an operation with hidden parts has a warning that names the Secrets', () => {
  const operation = {
    method: 'POST',
    path: '/api/v1/namespaces/shop/pods/web/exec?command=curl&command=[jit.access/masked]',
    digest: 'a'.repeat(64),
    summary: 'exec in pod "web" in namespace "shop": curl [jit.access/masked]',
    diff: '+  a: "[masked: secret shop/db key password]"\n+  b: "x [masked: secret shop/db key password] [masked: secret a/b key c.d and 2 more]"\n',
  }
  const shown = formatRequestFully(requestOf({ spec: { operation, rules: [] } }), undefined, nowMs)
  expect(shown).toContain(`
WARNING: parts of this are hidden from you:
    a value of secret shop/db, key password
    a value of secret a/b, key c.d; 2 more Secrets hold it
    2 places hidden by a policy or for looking like a token
    Approve it only if you know what is hidden: look into these Secrets, or ask the requester.
`)
  const seen = {
    ...operation,
    path: '/',
    summary: 'exec',
    diff: '+  a: masked\n# "x" is shown: it is the value of secret a/b key c, which "oidc:agent" wrote',
  }
  expect(formatRequestFully(requestOf({ spec: { operation: seen, rules: [] } }), undefined, nowMs)).not.toContain('WARNING')
})

it('a decided request shows the reviewer and no commands to decide', () => {
  const shown = formatRequestFully(requestOf({ status: approvedBy('oidc:approver') }), undefined, nowMs)
  expect(shown).toContain('State:       Approved, asked 1m ago\n')
  expect(shown).toContain('Decisions so far:\n    Approved by oidc:approver, 30s ago')
  expect(shown).not.toContain('If you approve')
})

it('narrowing by earlier approvers is shown', () => {
  const narrowed = { durationSeconds: 60, rules: [{ verbs: ['get'], resources: ['pods'] }] }
  expect(formatRequestFully(requestOf({ status: { narrowed } }), undefined, nowMs)).toContain(
    'Cut down to:\n    1m, any number of uses\n    get pods (every name) cluster-wide\n',
  )
})

it('a request shows how many approvals are still needed', () => {
  const policy = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessPolicy',
    metadata: { name: 'p' },
    spec: { subjects: [], approvals: { required: 3 } },
  } as const
  expect(formatRequestFully(requestOf(), policy, nowMs)).toContain('nothing yet: 3 approvals are needed. Then oidc:agent may')
})

it.each([
  ['Unchanged', {}, 'nothing: a server-side dry run changed nothing'],
  ['Impossible', {}, 'not known: no dry run of it is possible'],
  ['Changed', {}, 'only values that are hidden from you, if anything'],
  ['Changed', { planReaders: 'Approvers' }, 'shown to approvers only, because the requester may not read the object'],
] as const)('an operation without a diff has an explanation: %s %j', (dryRun, more, said) => {
  const operation = { method: 'PATCH', path: '/x', digest: 'a'.repeat(64), dryRun, ...more }
  expect(formatRequestFully(requestOf({ spec: { operation, rules: [] } }), undefined, nowMs)).toContain(`What it changes:\n    ${said}\n`)
})

it('an operation is shown with its body and how much of it is not shown', () => {
  const cut = { removedLines: 12, bodyCharacters: 3 }
  const operation = { method: 'DELETE', path: '/x', digest: 'a'.repeat(64), diff: '-a', body: 'propagationPolicy: Orphan\n\u001b[2J', cut }
  const shown = formatRequestFully(requestOf({ spec: { operation, rules: [] } }), undefined, nowMs)
  expect(shown).toContain('What it sends (secrets masked):\n    propagationPolicy: Orphan\n    \\u001b[2J\n')
  expect(shown).toContain(`WARNING: this is too long to be shown completely. You do not see:
    12 removed lines
    3 characters of the body
    To approve it anyway: kubectl certify approve ask --unseen
`)
  expect(shown).toContain('kubectl certify approve ask --unseen [--reason=TEXT]')
})

it('a decision of a rule has no reviewer', () => {
  const message = 'rule "logs" of policy "coding-agents" applies'
  const shown = formatRequestFully(
    requestOf({
      status: {
        decidedBy: { rule: 'logs', policy: 'coding-agents' },
        autoApproval: { outcome: 'Approved', message },
        conditions: [{ type: 'Approved', status: 'True', message, lastTransitionTime: new Date(nowMs - 60_000).toISOString() }],
      },
    }),
    undefined,
    nowMs,
  )
  expect(shown).toContain(`Decisions so far:\n    Approved by rule logs of policy coding-agents, 1m ago: ${message}`)
  expect(shown).not.toContain('Automatic:')
})

it('a request that waits says why no rule approved it', () => {
  const shown = formatRequestFully(
    requestOf({ status: { autoApproval: { outcome: 'Exhausted', message: 'rule "logs" has approved 10' } } }),
    undefined,
    nowMs,
  )
  expect(shown).toContain('Automatic:   no: rule "logs" has approved 10')
})
