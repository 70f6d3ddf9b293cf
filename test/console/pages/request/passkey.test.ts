import { expect, it } from 'vitest'
import { registerPage } from '../../../../console/pages/keys/keys.ts'
import { signPage } from '../../../../console/pages/request/passkey.ts'
import type { Session } from '../../../../console/session/session.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { ApproverKey } from '../../../../domain/api/passkeys/approver-key.ts'
import { NOW } from '../../../domain/builders.ts'

/** A family, whose parts an invisible character joins. */
const EMOJI = '\u{1f469}\u200d\u{1f467}'
const session: Session = { id: 'i', csrf: 'c', username: `oidc:${EMOJI}`, groups: [], startedAtMs: NOW, seenAtMs: NOW, checkedAtMs: NOW }
const key: ApproverKey = {
  apiVersion: 'jit.access/v1',
  kind: 'ApproverKey',
  metadata: { name: 'key-1', uid: 'u' },
  spec: { user: { username: session.username } },
  status: { rpID: 'console.example.com' },
}
const request: AccessRequest = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'r1' }, spec: {} }

it('the second step of an approval sends the fields of the first one as they were', () => {
  const fields = [['reason', `done ${EMOJI}\tby me`]] as const
  const { markup } = signPage(request, { session, keys: [key], challenge: 'x', fields })
  expect(markup).toContain(`name="reason" value="done ${EMOJI}\tby me"`)
})
it('the options of a ceremony are JSON, whatever the name of the user holds', () => {
  const { markup } = registerPage(key, [key], { session, nowMs: NOW })
  const options = JSON.parse((/data-options="([^"]*)"/.exec(markup)?.[1] ?? '').replaceAll('&quot;', '"')) as { readonly user: object }
  expect(options.user).toMatchObject({ name: session.username })
})
