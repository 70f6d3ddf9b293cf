import { Readable } from 'node:stream'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { writeTarget } from '../arrive/read-target.ts'
import type { Upstream, UpstreamRequest } from '../ports.ts'
import type { Announced, Answer } from '../steps.ts'

/** They would select anew, or a part. */
const PAGING = ['limit', 'continue', 'resourceVersion', 'resourceVersionMatch', 'timeoutSeconds'] as const

type Named = NonNullable<Announced['only']>[number]

function targetOf({ path, query }: Announced, name: string): string {
  const one = new URLSearchParams(query)
  for (const key of PAGING) one.delete(key)
  const selected = one.get('fieldSelector') ?? ''
  one.set('fieldSelector', [...(selected === '' ? [] : [selected]), `metadata.name=${escapeFieldValue(name)}`].join(','))
  return writeTarget({ path, query: one })
}

function bodyFor(options: Buffer, { uid }: Named): Buffer {
  const read = JSON.parse(options.toString('utf8')) as { readonly preconditions?: object }
  return Buffer.from(JSON.stringify({ ...read, preconditions: { ...read.preconditions, uid } }))
}

function done({ classified: { info } }: Announced): Answer {
  const details = { group: info.apiGroup, kind: info.resource }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Readable.from([Buffer.from(JSON.stringify(status))]) }
}

/**
 * A deletecollection of exactly these objects, each held to its UID: what joined the collection meanwhile stays, and so does another object
 * of the same name. Each is a deletecollection still, which is what was granted. Stops at the first that fails, with its answer.
 */
export async function deleteOneByOne(announced: Announced, upstream: Upstream, request: UpstreamRequest): Promise<Answer> {
  for (const named of announced.only ?? []) {
    const answer = await upstream.request({ ...request, target: targetOf(announced, named.name), body: bodyFor(announced.outgoing, named) })
    if (answer.status >= 300) return answer
    answer.body.resume()
  }
  return done(announced)
}
