import { Readable } from 'node:stream'
import type { Announced, Answer } from '../steps.ts'
import { cannotImpersonate, policiesActedWith, readImpersonationRefusal } from './impersonation-refusal.ts'

/** A Status of kube-apiserver's authorizer is far shorter. */
const LONGEST = 64 * 1024

async function* joined(read: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* read
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/**
 * A 403 that is upstream's own stays as it is, its body unread for those who come after. A 403 to HEAD has no body and stays too.
 * @throws CannotImpersonate when it is the gateway that may not
 */
export async function refuseImpersonation(answer: Answer, announced: Announced): Promise<Answer> {
  const chunks = answer.body[Symbol.asyncIterator]()
  const read: Buffer[] = []
  let size = 0
  let whole = false
  while (!whole && size <= LONGEST) {
    const next = await chunks.next()
    if (next.done === true) whole = true
    else {
      read.push(next.value)
      size += next.value.length
    }
  }
  const refusal = whole ? readImpersonationRefusal(answer.status, Buffer.concat(read).toString('utf8')) : undefined
  if (refusal !== undefined) throw cannotImpersonate(refusal, policiesActedWith(announced))
  return { ...answer, body: Readable.from(joined(read, chunks)) }
}
