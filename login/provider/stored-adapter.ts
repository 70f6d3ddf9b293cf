import { errors, type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Clock } from '../../domain/clock.ts'
import { siteOf } from '../../server/http/client-network.ts'
import type { Content, SharedState } from '../state/shared-state.ts'
import type { Polls } from './device/polls.ts'
import { signInOf } from './refresh-tokens.ts'
import { requestScope } from './request-scope.ts'

/** What replicas share for oidc-provider. */
export const STORED_MODELS = ['AuthorizationCode', 'RefreshToken', 'Grant', 'DeviceCode'] as const
/** Which device code a user code belongs to. */
const USER_CODE = 'UserCode'
export type StoredModel = (typeof STORED_MODELS)[number]

const unsupported = (): Promise<never> => Promise.reject(new Error('nothing is found by this'))

/** Who made it, for a bound of their own: the person, or the site that asks for device codes. */
const ownerOf = ({ accountId }: AdapterPayload): string => accountId ?? siteOf(requestScope().request.ip ?? '')

/**
 * Codes, refresh tokens and grants in the shared state. Each write names the version that this request has read, so that of two requests with one code, at
 * whatever replicas, one gets tokens.
 */
export function storedAdapter(
  model: StoredModel,
  { state, clock, polls }: { readonly state: SharedState; readonly clock: Clock; readonly polls: Polls },
): Adapter {
  const keyOf = (id: string): string => (model === 'RefreshToken' ? signInOf(id) : id)
  const versionKey = (id: string): string => `${model}\0${keyOf(id)}`
  const nowSeconds = (): number => Math.floor(clock.nowMs() / 1000)

  const read = async (id: string): Promise<AdapterPayload | undefined> => {
    const found = await state.get(model, keyOf(id))
    if (found === undefined) return undefined
    const scope = requestScope()
    scope.versions.set(versionKey(id), found.version)
    const { accountId } = found.content as AdapterPayload
    if (accountId !== undefined) scope.presenter = accountId
    // Another token of the same sign-in is one that was used: oidc-provider then ends the sign-in.
    return model !== 'RefreshToken' || found.content['jti'] === id ? found.content : { ...found.content, jti: id, consumed: nowSeconds() }
  }
  const write = async (id: string, payload: AdapterPayload, ttlSeconds: number): Promise<boolean> => {
    const { versions } = requestScope()
    const version = versions.get(versionKey(id))
    const content = payload as Content
    const written =
      version === undefined
        ? await state.create(model, keyOf(id), { content, ttlSeconds, owner: ownerOf(payload) })
        : await state.replace(model, keyOf(id), { content, ttlSeconds, version })
    if (written !== undefined) versions.set(versionKey(id), written)
    return written !== undefined
  }

  return {
    // Without a lifetime it has expired already.
    upsert: async (id, payload, expiresIn = 0) => {
      const isNew = !requestScope().versions.has(versionKey(id))
      if (!(await write(id, payload, expiresIn))) throw new errors.InvalidGrant('it was changed meanwhile')
      if (!isNew || payload.userCode === undefined) return
      const made = await state.create(USER_CODE, payload.userCode, { content: { id }, ttlSeconds: expiresIn, owner: ownerOf(payload) })
      if (made === undefined) throw new errors.TemporarilyUnavailable('try again')
    },
    find: async (id) => {
      if (model === 'DeviceCode' && requestScope().request.path === '/token' && polls.isTooEarly(id)) throw new errors.SlowDown()
      return await read(id)
    },
    findByUserCode: async (userCode) => {
      const id = (await state.get(USER_CODE, userCode))?.content['id']
      return typeof id === 'string' ? await read(id) : undefined
    },
    consume: async (id) => {
      const found = await state.get(model, keyOf(id))
      const { versions, undo } = requestScope()
      const version = versions.get(versionKey(id))
      const ttlSeconds = found === undefined ? 0 : Math.ceil((found.expiresAtMs - clock.nowMs()) / 1000)
      if (found !== undefined && version !== undefined) {
        const { content } = found
        const written = await state.replace(model, keyOf(id), { content: { ...content, consumed: nowSeconds() }, ttlSeconds, version })
        if (written !== undefined) {
          // The next refresh token of the sign-in takes its place.
          versions.set(versionKey(id), written)
          undo.push(() => state.replace(model, keyOf(id), { content, ttlSeconds, version: versions.get(versionKey(id)) ?? written }))
          return
        }
      }
      // Somebody else used it at the same time. oidc-provider revokes what an earlier use gave; here it is done for one at the same moment.
      const { grantId } = (found?.content ?? {}) as AdapterPayload
      if (grantId !== undefined) await state.remove('Grant', grantId)
      throw new errors.InvalidGrant('it is used already')
    },
    destroy: async (id) => void (await state.remove(model, keyOf(id))),
    // Every code and token needs its Grant, which oidc-provider destroys beside this call. They expire by themselves.
    revokeByGrantId: () => Promise.resolve(),
    findByUid: unsupported,
  }
}
