import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { requestMessageOf, type RequestMessage } from '../../../controller/notify/messages/request-message.ts'
import { NOW } from '../../domain/builders.ts'

export const at = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

export const request = (name: string, spec: Partial<AccessRequest['spec']> = {}, status: Partial<AccessRequest['status']> = {}): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name, uid: `uid-${name}`, creationTimestamp: at(NOW), resourceVersion: '1' },
  spec: {
    requester: { username: 'oidc:agent' },
    policy: 'agents',
    rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] }],
    durationSeconds: 600,
    ...spec,
  },
  status: { expiresAt: at(NOW + 3_600_000), policies: ['agents'], ...status },
})

/** The words of an agent, in each field that it may write. */
export const saying = (words: string): AccessRequest =>
  request('r1', { reason: words, ticket: words, agent: { name: words, task: words }, requester: { username: words } })

export const message = (of: AccessRequest = request('r1'), event: RequestMessage['event'] = 'Requested', consoleURL?: string): RequestMessage =>
  requestMessageOf({ kind: 'AccessRequest', object: of, event, to: 'Approvers', atMs: NOW }, NOW, consoleURL)

/** Strings that each channel could give a meaning to. */
export const INJECTIONS: readonly string[] = [
  '<!channel> <!here> <@U0123> <https://evil.example|https://good.example>',
  '*bold* _it_ ~s~ `code` ```block``` @channel @here',
  '&lt;!channel&gt; &amp;',
  '<script>alert(1)</script><img src=x onerror=alert(1)> " \' onmouseover="x"',
  'a\r\nBcc: evil@example.com\r\n\r\nbody',
  'Subject: x\u0000\u0085\u2028y',
  '\u202Egnp.exe\u2066 zero\u200Bwidth \u001b[2J',
  '](https://evil.example) [click](javascript:alert(1)) | \\ {{x}} ${x} %0d%0aBcc:x',
  '=?utf-8?B?QmNjOiBldmls?=',
  'x'.repeat(5000),
]
