import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { SessionsDependencies } from '../../../../apiserver/resources/sessions/serve-sessions.ts'
import type { NamedSource } from '../../../../apiserver/sessions/gateways.ts'
import type { AccessSession } from '../../../../domain/api/access-session.ts'
import type { RecordEvent } from '../../../../domain/record/events.ts'
import { createFolderSource } from '../../../../server/records/sessions/folder-source.ts'
import { openAt, sessionNamed } from '../../../server/records/sessions/agent-records.ts'
import { sessionsOf } from '../../sessions/record-folders.ts'
import { serveApi, user, type Rights, type Served } from '../served-api.ts'

export const T = Date.parse('2026-11-29T10:00:00.000Z')
export const [A, B] = [sessionNamed('a'), sessionNamed('b')]
export const NAME = `${A}-20261129t100000z`
export const AUDITOR = user('auditor')
export const AGENT = user('oidc:a')
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

const MAY_VIEW: Rights = ({ username }, { verb }) => verb === 'view' && username === 'auditor'

const away = (): Promise<never> => Promise.reject(new Error('it answered 429'))

/** Folders of two gateways for each test, and the apiserver in front of them. */
export function twoGateways() {
  let dirs: readonly string[] = []
  const opened: Served[] = []
  const fresh = async (): Promise<void> => {
    dirs = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'jit-session-'))))
  }
  beforeEach(fresh)
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()))
    await Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true })))
  })
  const serveWith = async (rights: Rights, sessions: SessionsDependencies): Promise<Served> => {
    const api = await serveApi(T + 3_600_000, undefined, { sessions })
    api.rights = rights
    opened.push(api)
    return api
  }
  return {
    /** New folders within a test. */
    fresh,
    write: async (gateway: number, events: readonly (readonly [ms: number, event: RecordEvent])[]): Promise<void> => {
      const { recorder, write, at } = await openAt(dirs[gateway] ?? '', { startMs: T, host: `gateway-${gateway}`, pid: gateway + 1 })
      for (const [ms, event] of events) await write(T + ms, event)
      at(T + (events.at(-1)?.[0] ?? 0))
      await recorder.close()
    },
    sources: () => sessionsOf(dirs),
    serveWith,
    /** One of the gateways does not say which sessions it has, and answers everything else. */
    serveBusy: async (busy: number, rights: Rights) => {
      const others = dirs.filter((_, index) => index !== busy)
      const sessions = sessionsOf(others, [{ name: `g${busy}`, source: { ...createFolderSource({ dir: dirs[busy] ?? '' }), runs: away } }])
      return { api: await serveWith(rights, sessions) }
    },
    serve: async (rights = MAY_VIEW, more: readonly NamedSource[] = []) => {
      const sessions = sessionsOf(dirs, more)
      return { api: await serveWith(rights, sessions), recorded: sessions.recorded }
    },
  }
}

export const itemsOf = (body: object): readonly AccessSession[] => (body as { readonly items: readonly AccessSession[] }).items
export const namesOf = (body: object): readonly string[] => itemsOf(body).map(({ metadata }) => metadata.name)
