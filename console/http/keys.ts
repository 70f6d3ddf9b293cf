import type { Express } from 'express'
import { keyPhase } from '../../domain/api/passkeys/approver-key.ts'
import { createKey, readKey, readOwnKeys, registerKey, removeKey } from '../cluster/keys.ts'
import { CEREMONY_SCRIPTS } from '../pages/keys/ceremony.ts'
import { keysPage, registerPage } from '../pages/keys/keys.ts'
import type { ActionRoute } from './action.ts'
import { field } from './read-form.ts'
import { keyPath, KEYS, nameIn } from './known-path.ts'
import { registrationIn } from './passkey-response.ts'
import { sendPage } from './send-page.ts'
import { signInFirst, type createSignedIn } from './signed-in.ts'

/** The pages of the passkeys of the user. */
export function serveKeys(app: Express, signedIn: ReturnType<typeof createSignedIn>): void {
  app.get(
    KEYS,
    signedIn(async ({ response, session, client, nowMs }) => {
      sendPage(response, { title: 'Keys', session, body: keysPage(await readOwnKeys(client, session.username), { session, nowMs }) })
    }, signInFirst),
  )
  app.get(
    '/keys/:name',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const key = await readKey(client, nameIn(request.params['name']))
      if (keyPhase(key) !== 'Unregistered' || key.spec.user?.username !== session.username) return response.redirect(303, KEYS)
      const body = registerPage(key, await readOwnKeys(client, session.username), { session, nowMs })
      sendPage(response, { title: 'Register a key', session, body, scripts: CEREMONY_SCRIPTS })
    }, signInFirst),
  )
}

export const KEY_ACTIONS: readonly ActionRoute[] = [
  {
    action: 'createKey',
    path: KEYS,
    act: async ({ request, client }) => keyPath((await createKey(client, field(request, 'label'))).metadata.name),
  },
  {
    action: 'registerKey',
    path: '/keys/:name/register',
    act: async ({ request, client }) => {
      await registerKey(client, nameIn(request.params['name']), registrationIn(request))
      return KEYS
    },
  },
  {
    action: 'removeKey',
    path: '/keys/:name/remove',
    act: async ({ request, client }) => {
      await removeKey(client, nameIn(request.params['name']))
      return KEYS
    },
  },
]
