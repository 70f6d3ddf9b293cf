import { agreedOf, contentOf, hashOf } from './hash-object.ts'
import { lineDiff, type CutLines } from './line-diff.ts'
import { layoutOf, printableLines, showObject, textOf, type Shown } from './show-object.ts'

/** A response of kube-apiserver, raw and masked for approvers. */
export type Seen = { readonly raw: Uint8Array; readonly masked: Uint8Array }

export type RenderJob = {
  /** The parts that every hash of this plan begins with. */
  readonly common: readonly string[]
  readonly before?: Seen
  /** Responses of dry runs of the same operation, at most two. The first is shown. */
  readonly after: readonly Seen[]
  readonly deletes: boolean
  readonly withStatus: boolean
  /** The request body, masked. Absent if there is none, or none that can be shown. */
  readonly body?: { readonly text: string; readonly isJson: boolean }
}

/** Hashes of the parts of a plan. plan-hash.ts decides which of them identify the plan. */
export type Hashes = {
  /** Hash of the object and of the result of the operation, as far as dry runs agree on it. Absent if one of them is unknown, and for deletions. */
  readonly result?: string
  /** Hash of the object that an operation creates, as far as dry runs agree on it. Absent if it is unknown. */
  readonly made?: string
  /** Hash of the object. Absent if it is unknown. */
  readonly content?: string
}
export type Identified = {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
}

export type RenderedPlan = {
  readonly hashes: Hashes
  /** The target of the operation. */
  readonly target?: Identified
  /** The name of the object that the dry run returned. */
  readonly madeName?: string
  /** Whether the plan hides a value from approvers. */
  readonly hides: boolean
  readonly diff: string
  readonly cut: CutLines
  readonly body?: string
  readonly bodyCut: number
}

/** Below the limits of AccessRequest's spec.operation.diff and spec.operation.body. */
const MAX_DIFF = 240_000
const MAX_BODY = 60_000

const read = (bytes: Uint8Array): Shown | undefined => {
  const object = JSON.parse(Buffer.from(bytes).toString('utf8')) as Shown | null
  return typeof object !== 'object' || object === null || object['kind'] === 'Status' ? undefined : object
}
const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other)

/** Reads the deleted object from the Status that the server returns instead of the object. */
function identifiedByStatus(bytes: Uint8Array): Identified | undefined {
  const { details } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly details?: { readonly name?: unknown; readonly uid?: unknown } }
  return typeof details?.name === 'string' && typeof details.uid === 'string' ? { name: details.name, uid: details.uid } : undefined
}

export function identify(object: Shown | undefined): Identified | undefined {
  const { name, namespace, uid, resourceVersion, generation } = (object?.['metadata'] ?? {}) as { readonly [field: string]: unknown }
  if (typeof name !== 'string') return undefined
  return {
    name,
    ...(typeof namespace === 'string' ? { namespace } : {}),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    ...(typeof generation === 'number' ? { generation } : {}),
  }
}

function hashesOf({ common, withStatus, deletes }: RenderJob, before: Shown | undefined, results: readonly Shown[]): Hashes {
  const agreed = deletes ? undefined : agreedOf(results, withStatus)
  if (before === undefined) return agreed === undefined ? {} : { made: hashOf([...common, 'made', agreed]) }
  const content = contentOf(before, withStatus)
  return {
    content: hashOf([...common, 'content', content]),
    ...(agreed === undefined ? {} : { result: hashOf([...common, 'result', content, agreed]) }),
  }
}

function bodyText({ text, isJson }: NonNullable<RenderJob['body']>): string {
  if (!isJson) return text
  const value: unknown = JSON.parse(text)
  return textOf(value, layoutOf([value], text.length))
}

/** `bodyCut` is the number of characters that are not shown, at least: what is not shown is not escaped. */
function renderBody(body: RenderJob['body']): { readonly body?: string; readonly bodyCut: number } {
  if (body === undefined) return { bodyCut: 0 }
  const text = bodyText(body)
  const begin = text.slice(0, MAX_BODY)
  const shown = printableLines(begin).join('\n')
  return { body: shown.slice(0, MAX_BODY), bodyCut: text.length - begin.length + Math.max(0, shown.length - MAX_BODY) }
}

/** Diffs the masked object before and after the operation. */
function renderDiff({ before, after, deletes, withStatus }: RenderJob): { readonly diff: string; readonly cut: CutLines } {
  const shown = [before, deletes ? undefined : after[0]].map((seen) => (seen === undefined ? undefined : read(seen.masked)))
  const [old, fresh] = shown
  const bytes = Math.max(...[before, ...after].map((seen) => seen?.masked.length ?? 0))
  const how = { withStatus, as: layoutOf(shown, bytes) }
  const { text, cut } = lineDiff(old === undefined ? [] : showObject(old, how), fresh === undefined ? [] : showObject(fresh, how, old), MAX_DIFF)
  return { diff: text, cut }
}

/** The target: the object as read, else as a dry run returned it, else as the response to a deletion names it. */
function targetOf({ deletes, after }: RenderJob, before: Shown | undefined, made: Identified | undefined): Identified | undefined {
  const [first] = after
  return identify(before) ?? made ?? (deletes && first !== undefined ? identifiedByStatus(first.raw) : undefined)
}

/** Hashes and renders a plan. Pure. Runs in a worker, since it is slow for large objects. */
export function renderPlan(job: RenderJob): RenderedPlan {
  const { before, after } = job
  const old = before === undefined ? undefined : read(before.raw)
  const results = after.map(({ raw }) => read(raw)).filter((object) => object !== undefined)
  const made = identify(results[0])
  const target = targetOf(job, old, made)
  return {
    hashes: hashesOf(job, old, results),
    ...(target === undefined ? {} : { target }),
    ...(made === undefined ? {} : { madeName: made.name }),
    hides: [...(before === undefined ? [] : [before]), ...after].some(({ raw, masked }) => !same(raw, masked)),
    ...renderDiff(job),
    ...renderBody(job.body),
  }
}

/** The objects that a dry run of a deletecollection lists. If the response is not a list, returns one entry with an empty name. */
export function identifyAll(bytes: Uint8Array): readonly Identified[] {
  const { items } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly items?: unknown }
  if (!Array.isArray(items)) return [{ name: '' }]
  return (items as readonly Shown[]).map((item) => identify(item) ?? { name: '' })
}
