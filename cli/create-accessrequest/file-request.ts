import { randomUUID } from 'node:crypto'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { CONTENT_LABEL, manifestOf, nameOf, type Ask, type NamedDraft } from './request-draft.ts'
import { CommandError, EXIT, usage } from '../terminal/exit-code.ts'
import { KubectlError } from '../kubectl/kubectl-error.ts'
import { requestsPath } from '../kubectl/paths.ts'
import { isName, readRequest, underName } from '../kubectl/read-access-request.ts'
import { stillGives } from '../certify/decisions/still-allows.ts'
import { whoAmI } from '../kubectl/self-subject.ts'
import type { IO } from '../terminal/io.ts'

export type Filing = {
  readonly ask: Ask
  readonly name: string | undefined
  readonly key: string | undefined
  readonly start?: string | undefined
  readonly dryRun: boolean
}
export type FilingResult = { readonly request: AccessRequest; readonly made: boolean }

const MANAGER = 'kubectl-create-accessrequest'

async function post(io: IO, filing: Filing, named: NamedDraft): Promise<AccessRequest> {
  const path = requestsPath({ fieldManager: MANAGER, fieldValidation: 'Strict', ...(filing.dryRun ? { dryRun: 'All' } : {}) })
  return underName(await io.kubectl.create<AccessRequest>(path, manifestOf(filing.ask, named.name, named.content)), named.name)
}

/** Earlier requests with the same content and readable names, newest first. Undefined when the requester may not list. */
async function earlier(io: IO, content: string): Promise<readonly AccessRequest[] | undefined> {
  try {
    const list = await io.kubectl.get<{ readonly items?: readonly AccessRequest[] }>(requestsPath({ labelSelector: `${CONTENT_LABEL}=${content}` }))
    const named = (list.items ?? []).filter(({ metadata }) => isName(metadata.name))
    return named.toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))
  } catch (error) {
    if (error instanceof KubectlError && error.reason === 'Forbidden') return undefined
    throw error
  }
}

/** A decided request is a valid outcome, and so is an ended grant. @throws CommandError when the approval gives less than is requested or starts later */
async function checkGives(io: IO, ask: Ask, request: AccessRequest): Promise<void> {
  const gives = await stillGives(ask, request, io)
  const { name } = request.metadata
  const next = 'choose another NAME or --idempotency-key to ask again'
  if (gives === 'less') throw new CommandError(EXIT.ended, `accessrequest "${name}" was approved for less than this requests`, next)
  if (gives === 'later') throw new CommandError(EXIT.ended, `accessrequest "${name}" was approved, but its grant has not started`, next)
}

type Owned = NamedDraft & { readonly asker: string }

/** The server refuses a request for the same access as the requester's pending one: apiserver/resources/requests/open-requests.ts. */
const EQUAL = /you already ask for the same access with accessrequest "([a-z0-9.-]+)"/

/** Whether the name is taken. The server answers with a conflict when an idempotency key was used for other access. */
const isTaken = (error: unknown): error is KubectlError =>
  error instanceof KubectlError &&
  (error.reason === 'AlreadyExists' || (error.reason === 'Conflict' && error.message.includes('its idempotencyKey was used')))

/** Creates the request, or adopts one that another run of this command created under the same name. Never adopts another requester's request. */
async function postOrTake(io: IO, filing: Filing, named: Owned): Promise<FilingResult> {
  try {
    return { request: await post(io, filing, named), made: true }
  } catch (error) {
    if (!isTaken(error)) throw error
    const pending = EQUAL.exec(error.message)?.[1]
    const request = await readRequest(io, pending ?? named.name)
    const isSame = pending !== undefined || request.metadata.labels?.[CONTENT_LABEL] === named.content
    if (!isSame || request.spec.requester?.username !== named.asker)
      throw usage(`accessrequest "${named.name}" already exists with other content or another requester`, 'choose another NAME or --idempotency-key')
    await checkGives(io, filing.ask, request)
    return { request, made: false }
  }
}

/**
 * Files a request once. With a key or a name, the same command always finds the same request, even after it was decided. Without,
 * it reuses a pending request or one with a live grant if that gives everything requested, and otherwise creates a new one. The number
 * appended to the name counts earlier requests, so that concurrent runs collide and share one.
 */
export async function fileRequest(io: IO, filing: Filing): Promise<FilingResult> {
  const asker = await whoAmI(io.kubectl)
  const named = { ...nameOf(filing.ask, asker, filing), asker }
  if (filing.name !== undefined || filing.key !== undefined) return await postOrTake(io, filing, { ...named, name: filing.name ?? named.name })
  const before = await earlier(io, named.content)
  if (before === undefined) return await postOrTake(io, filing, { ...named, name: `${named.name}-${randomUUID().slice(0, 8)}` })
  const mine = before.filter(({ spec }) => spec.requester?.username === asker)
  for (const request of mine) if ((await stillGives(filing.ask, request, io)) === 'all') return { request, made: false }
  const last = before.reduce((most, { metadata }) => Math.max(most, Number(/-(\d{1,6})$/.exec(metadata.name.slice(named.name.length))?.[1] ?? 1)), 0)
  return await postOrTake(io, filing, { ...named, name: last === 0 ? named.name : `${named.name}-${last + 1}` })
}
