import { Readable } from 'node:stream'
import { maskSecretStatus } from '../../domain/mask/masker.ts'
import { BodyTooLarge, readBounded } from '../../kube/read-bounded.ts'
import { policyMasking } from '../mask/policy-masking.ts'
import type { Announced, Answer } from '../steps.ts'

const MAX_STATUS_BYTES = 1024 * 1024
const EMPTY = Buffer.alloc(0)

/** Returns an empty body instead of a longer one, which is not a Status of kube-apiserver. The error is then rebuilt from its code alone. */
async function statusIn(body: Answer['body']): Promise<Buffer> {
  try {
    return await readBounded(body, MAX_STATUS_BYTES)
  } catch (error) {
    if (error instanceof BodyTooLarge) return EMPTY
    throw error
  }
}

/**
 * Replaces the error of a write that may quote the stored object ("may not change fields other than …" prints both). If a policy masks fields of
 * the object, the error is rebuilt from parts that cannot quote one. Errors of writes to Secrets are rebuilt when they are masked.
 */
export async function rebuildQuotingErrors(answer: Answer, { classified: { info }, policies }: Announced): Promise<Answer> {
  if (policyMasking(policies, info).fields.length === 0 || (info.apiGroup === '' && info.resource === 'secrets')) return answer
  const { status } = answer
  const body = maskSecretStatus(await statusIn(answer.body), { status, name: info.name, resource: info.resource })
  return { status, headers: { 'content-type': 'application/json' }, body: Readable.from([body]) }
}
