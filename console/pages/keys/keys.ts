import { keyPhase, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { ago, left, terms } from '../../html/fragments.ts'
import { keyPath } from '../../http/known-path.ts'
import type { Session } from '../../session/session.ts'
import { ceremony } from './ceremony.ts'
import { registrationOptions } from './options.ts'

type Shown = { readonly session: Session; readonly nowMs: number }

const MEANS: { readonly [phase in ReturnType<typeof keyPhase>]: string } = {
  Unregistered: 'Not registered yet',
  Unconfirmed: 'Waits for confirmation: read the fingerprint out to an admin, by phone or in person',
  Confirmed: 'Confirmed: you can approve with it',
  Revoked: 'Revoked: it does not count any more',
}

const nameOf = ({ metadata, spec }: ApproverKey): string => (spec.label === undefined || spec.label === '' ? metadata.name : spec.label)

const removeForm = (key: ApproverKey, session: Session): Html =>
  html`<form method="post" action="${keyPath(key.metadata.name)}/remove" class="row">
    ${csrfField(session)}
    <button type="submit" class="danger" aria-label="Remove ${nameOf(key)}">Remove</button>
  </form>`

/** Undefined for a time that has not come. */
const agoOf = (time: string | undefined, nowMs: number): Html | undefined => (time === undefined ? undefined : ago(time, nowMs))

const fingerprint = ({ status }: ApproverKey): Html | undefined =>
  status?.fingerprint === undefined ? undefined : html`<code class="fingerprint">${status.fingerprint}</code>`

/** What the server knows of a key. Without a registration, only until when it must be registered. */
const facts = (key: ApproverKey, nowMs: number): Html => {
  const { metadata, status = {} } = key
  return terms([
    ['State', MEANS[keyPhase(key)]],
    ['Fingerprint', fingerprint(key)],
    ['Name', metadata.name],
    ['Registered', agoOf(status.registeredAt, nowMs)],
    ['To register', status.expiresAt === undefined ? undefined : left(status.expiresAt, nowMs)],
    ['Confirmed by', status.confirmedBy?.username],
    ['Copies', status.backupEligible === true ? 'the device may synchronize it to other devices' : undefined],
    ['Last used', agoOf(status.lastUsed, nowMs)],
  ])
}

const keyCard = (key: ApproverKey, { session, nowMs }: Shown): Html =>
  html`<li class="card">
    <p class="ask">${nameOf(key)}</p>
    ${facts(key, nowMs)}
    ${keyPhase(key) === 'Unregistered' ? html`<p><a class="button" href="${keyPath(key.metadata.name)}">Register it</a></p>` : undefined}
    ${removeForm(key, session)}
  </li>`

/** The passkeys of the user. */
export const keysPage = (keys: readonly ApproverKey[], shown: Shown): Html => html`
  <p>Some approvals need a passkey of yours, so that a stolen session is not enough for them. A new key counts after an admin has confirmed it.</p>
  ${keys.length === 0 ? html`<p class="empty">You have no key.</p>` : undefined}
  <ol class="cards">
    ${keys.map((key) => keyCard(key, shown))}
  </ol>
  <section aria-label="Add a key">
    <h2>Add a key</h2>
    <form method="post" action="/keys" class="row">
      ${csrfField(shown.session)}
      <label for="label">What you call it (optional)</label>
      <input id="label" name="label" maxlength="64" autocomplete="off" placeholder="for example: laptop" />
      <button type="submit">Add a key</button>
    </form>
  </section>
`

/** The page on which a key is registered with the authenticator of the user. */
export const registerPage = (key: ApproverKey, own: readonly ApproverKey[], { session }: Shown): Html => html`
  <p>Your browser asks for your security key, phone or the lock of this device. The key must verify you, by PIN, fingerprint or face.</p>
  ${ceremony(
    { kind: 'create', action: `${keyPath(key.metadata.name)}/register`, options: registrationOptions(key, own) },
    { fields: csrfField(session), button: 'Register this key' },
  )}
  <p><a href="/keys">Back to your keys</a></p>
`
