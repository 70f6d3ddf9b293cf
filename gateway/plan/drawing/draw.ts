import { printable } from '../body/printable.ts'
import { contentOf, hashOf, resultOf } from './hash-object.ts'
import { lineDiff, type CutLines } from './line-diff.ts'
import { linesOf, showObject, type Shown } from './show-object.ts'

/** An answer of kube-apiserver, as it came and as an approver may see it. */
export type Seen = { readonly raw: Uint8Array; readonly masked: Uint8Array }

export type DrawJob = {
  /** What every hash of this plan begins with. */
  readonly common: readonly string[]
  readonly before?: Seen
  /** Answers of dry runs: the first is shown. */
  readonly after: readonly Seen[]
  readonly deletes: boolean
  readonly withStatus: boolean
  /** The request's own body, masked. Absent: it has none that can be shown. */
  readonly body?: { readonly text: string; readonly isJson: boolean }
}

/** Hashes of what a plan was made of, each of a part of it; see plan-hash.ts for which one counts. */
export type Hashes = {
  /** The object and what the operation makes of it. Absent: one of them is not known. */
  readonly result?: string
  /** The object. Absent: it is not known. */
  readonly content?: string
}
export type Identified = {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
}

export type Drawn = {
  readonly hashes: Hashes
  /** The object that the operation is about. */
  readonly target?: Identified
  /** The name that a create has given in its dry run. */
  readonly madeName?: string
  /** Whether two dry runs left the same. */
  readonly steady: boolean
  /** Whether a value in it is hidden from approvers. */
  readonly hides: boolean
  readonly diff: string
  readonly cut: CutLines
  readonly body?: string
  readonly bodyCut: number
}

/** Below the limits of AccessRequest's spec.operation.diff and spec.operation.body. */
const MAX_DIFF = 240_000
const MAX_BODY = 60_000
/** YAML of a large object takes seconds. */
const MAX_YAML_BYTES = 64 * 1024

const read = (bytes: Uint8Array): Shown | undefined => {
  const object = JSON.parse(Buffer.from(bytes).toString('utf8')) as Shown | null
  return typeof object !== 'object' || object === null || object['kind'] === 'Status' ? undefined : object
}
const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other)

/** What a Status says of the object that was deleted, where the server gives no object. */
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

function hashesOf({ common, withStatus, deletes }: DrawJob, before: Shown | undefined, results: readonly string[]): Hashes {
  if (before === undefined) return {}
  const content = contentOf(before, withStatus)
  const [result] = results
  return {
    content: hashOf([...common, 'content', content]),
    ...(result === undefined || deletes ? {} : { result: hashOf([...common, 'result', content, result]) }),
  }
}

function drawBody(body: DrawJob['body']): { readonly body?: string; readonly bodyCut: number } {
  if (body === undefined) return { bodyCut: 0 }
  const { text, isJson } = body
  const shown = isJson
    ? linesOf(JSON.parse(text), text.length > MAX_YAML_BYTES ? 'json' : 'yaml').join('\n')
    : text.split('\n').map(printable).join('\n')
  return { body: shown.slice(0, MAX_BODY), bodyCut: Math.max(0, shown.length - MAX_BODY) }
}

/** The difference of what an approver may see of both. */
function drawDiff({ before, after, deletes, withStatus }: DrawJob): { readonly diff: string; readonly cut: CutLines } {
  const shown = [before, deletes ? undefined : after[0]].map((seen) => (seen === undefined ? undefined : read(seen.masked)))
  const large = [before, ...after].some((seen) => (seen?.masked.length ?? 0) > MAX_YAML_BYTES)
  const [old, fresh] = shown
  const how = { withStatus, as: large ? 'json' : 'yaml' } as const
  const { text, cut } = lineDiff(old === undefined ? [] : showObject(old, how), fresh === undefined ? [] : showObject(fresh, how, old), MAX_DIFF)
  return { diff: text, cut }
}

/** The object that it is about: as it was read, as a dry run leaves it, or as the answer to a deletion names it. */
function targetOf({ deletes, after }: DrawJob, before: Shown | undefined, made: Identified | undefined): Identified | undefined {
  const [first] = after
  return identify(before) ?? made ?? (deletes && first !== undefined ? identifiedByStatus(first.raw) : undefined)
}

/** Hashes and draws a plan. Pure, and slow for large objects: it is done by a worker. */
export function draw(job: DrawJob): Drawn {
  const { before, after, withStatus } = job
  const old = before === undefined ? undefined : read(before.raw)
  const results = after.map(({ raw }) => read(raw)).filter((object) => object !== undefined)
  const left = results.map((object) => resultOf(object, withStatus))
  const made = identify(results[0])
  const target = targetOf(job, old, made)
  return {
    hashes: hashesOf(job, old, left),
    ...(target === undefined ? {} : { target }),
    ...(made === undefined ? {} : { madeName: made.name }),
    steady: left.every((each) => each === left[0]),
    hides: [...(before === undefined ? [] : [before]), ...after].some(({ raw, masked }) => !same(raw, masked)),
    ...drawDiff(job),
    ...drawBody(job.body),
  }
}

/** The objects of a collection that a dry run would have deleted. An answer that is no list names none of them: one without a name stands for it. */
export function identifyAll(bytes: Uint8Array): readonly Identified[] {
  const { items } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly items?: unknown }
  if (!Array.isArray(items)) return [{ name: '' }]
  return (items as readonly Shown[]).map((item) => identify(item) ?? { name: '' })
}
