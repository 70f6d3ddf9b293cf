import { randomBytes } from 'node:crypto'
import { isSession } from '../../../domain/record/sessions/session-name.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { seal, unseal, type PurposeKeys } from '../../../server/sealing/seal.ts'

/** Where the next page of a list begins: after this name of this session. */
export type ListPosition = { readonly session: string; readonly name: string }

export type ListTokens = {
  write(place: ListPosition): Promise<string>
  /** Undefined for an empty text: the first page. @throws StatusError BadRequest, Expired */
  read(text: string): Promise<ListPosition | undefined>
}

const LIFE_MS = 15 * 60_000
/** What `seal` writes: a JWE without an encrypted key. */
const SEALED = /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/

/** Continue tokens of lists. They are sealed, since a page can end at a session that the caller does not see. Only this process reads them. */
export function createListTokens(nowMs: () => number): ListTokens {
  const keys: PurposeKeys = [{ id: 'list', key: randomBytes(32) }]
  return {
    write: async ({ session, name }) => await seal(keys, { claims: { session, name }, expiresAtMs: nowMs() + LIFE_MS }),
    read: async (text) => {
      if (text === '') return undefined
      if (!SEALED.test(text)) throw new StatusError('BadRequest', 'continue key is not valid')
      const { session, name } = (await unseal(keys, { token: text, nowMs: nowMs() })) ?? {}
      if (typeof session === 'string' && isSession(session) && typeof name === 'string') return { session, name }
      throw new StatusError('Expired', 'The provided continue parameter is too old. List again without it.')
    },
  }
}
