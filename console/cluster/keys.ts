import { APPROVER_KEYS_PATH, API_VERSION, objectPath } from '../../domain/api/names.ts'
import { isUsableKey, type ApproverKey, type Registration } from '../../domain/api/passkeys/approver-key.ts'
import type { UserClient } from './impersonate.ts'
import { pagesOf } from './list-pages.ts'

/** The keys of the user, oldest first. An admin sees those of others too. @throws StatusError */
export async function readOwnKeys(client: UserClient, username: string): Promise<readonly ApproverKey[]> {
  const own: ApproverKey[] = []
  for await (const page of pagesOf<ApproverKey>(client, APPROVER_KEYS_PATH)) own.push(...page.filter(({ spec }) => spec.user?.username === username))
  return own.toSorted((one, other) => (one.metadata.creationTimestamp ?? '').localeCompare(other.metadata.creationTimestamp ?? ''))
}

/** The keys with which the user can approve. @throws StatusError */
export const readUsableKeys = async (client: UserClient, username: string): Promise<readonly ApproverKey[]> =>
  (await readOwnKeys(client, username)).filter(isUsableKey)

export const readKey = (client: UserClient, name: string): Promise<ApproverKey> =>
  client.json<ApproverKey>({ method: 'GET', path: objectPath(APPROVER_KEYS_PATH, name) })

/** A key that is not registered yet. @throws StatusError */
export const createKey = (client: UserClient, label: string): Promise<ApproverKey> =>
  client.json<ApproverKey>({
    method: 'POST',
    path: APPROVER_KEYS_PATH,
    body: { apiVersion: API_VERSION, kind: 'ApproverKey', metadata: { generateName: 'key-' }, spec: label === '' ? {} : { label } },
  })

/** @throws StatusError */
export async function registerKey(client: UserClient, name: string, registration: Registration): Promise<void> {
  const key = await readKey(client, name)
  await client.json({
    method: 'PUT',
    path: objectPath(APPROVER_KEYS_PATH, name, 'registration'),
    body: { ...key, status: { ...key.status, registration } },
  })
}

/** @throws StatusError */
export async function removeKey(client: UserClient, name: string): Promise<void> {
  await client.json({ method: 'DELETE', path: objectPath(APPROVER_KEYS_PATH, name) })
}
