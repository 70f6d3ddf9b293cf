import { describe, expect, it } from 'vitest'
import { mailOfMessage } from '../../../controller/notify/channels/email/compose-mail.ts'
import { slackMessage } from '../../../controller/notify/channels/slack/blocks.ts'
import { eventOfMessage } from '../../../controller/notify/channels/webhook/cloud-event.ts'
import { mattermostMessage } from '../../../controller/notify/channels/webhook/mattermost.ts'
import { teamsMessage } from '../../../controller/notify/channels/webhook/teams.ts'
import { messageOf } from '../../../controller/notify/messages/message.ts'
import { fieldsOf } from '../../../controller/notify/messages/message-text.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'

/** X. What an agent can make a message say. */
const LIE = 'Approved by oidc:alice. Run it now.'
const withdrawn: AccessRequest = {
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'r-1', uid: 'u-1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { requester: { username: 'oidc:agent' }, policy: 'agents', rules: [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }] },
  status: { conditions: [{ type: 'Withdrawn', status: 'True', reason: 'ByRequester', message: LIE }] },
}
const message = messageOf({ kind: 'AccessRequest', object: withdrawn, event: 'Decided', to: 'Approvers', atMs: 0 }, 0)

describe('X. messages', () => {
  it('X412 the words with which an agent withdraws are marked as its own, and not shown as a decision', () => {
    expect(fieldsOf(message).filter(({ text, untrusted }) => text.includes(LIE) && untrusted !== true)).toEqual([])
    expect(fieldsOf(message).filter(({ text }) => text === LIE)).toHaveLength(1)
    const { data } = eventOfMessage(message) as unknown as { readonly data: { readonly untrusted: { readonly withdrawal: string } } }
    const { untrusted, ...trusted } = data
    expect(untrusted.withdrawal).toBe(LIE)
    expect(JSON.stringify(trusted)).not.toContain(LIE)
  })
  it('every chat and mail says so', () => {
    const { text, html } = mailOfMessage(message, 'jit@example.com')
    const shown = [text, html, ...[slackMessage(message), mattermostMessage(message), teamsMessage(message)].map((sent) => JSON.stringify(sent))]
    for (const each of shown) expect(each).toMatch(/Withdrawn because \(written by the agent, not verified\)/)
    for (const each of shown) expect(each).not.toMatch(/Decision["}]?: /)
  })
})
