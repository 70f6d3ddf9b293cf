import { isUtf8 } from 'node:buffer'
import { readWritten } from '../../../domain/mask/restore.ts'
import { mediaType } from '../../../domain/media-type.ts'
import { readYaml } from '../../decide/body/yaml-body.ts'
import type { RenderJob } from '../render/render-plan.ts'
import { isSecrets, maskForApprovers, type Masks } from '../mask-for-approvers.ts'

const WITHHELD = '[masked: values of a Secret]'

/** A JSON Patch on a Secret, without any value: any of them may hold secret data. */
const withoutValues = (operations: readonly unknown[]): readonly unknown[] =>
  operations.map((each) => (typeof each === 'object' && each !== null && 'value' in each ? { ...each, value: WITHHELD } : each))

async function maskTree(tree: unknown, by: Masks): Promise<string> {
  if (isSecrets(by.planned) && Array.isArray(tree)) return JSON.stringify(withoutValues(tree as readonly unknown[]))
  const text = Buffer.from(JSON.stringify(tree))
  return (await maskForApprovers(text, isSecrets(by.planned) ? 'secret' : 'json', by)).toString('utf8')
}

const UNREAD = /[^\t\n\r\x20-\x7e\u00a0-\uffff]/

/** The body of the request, masked for approvers. Undefined if it is empty or cannot be shown. */
export async function showBody(by: Masks): Promise<RenderJob['body']> {
  const { body, headers } = by.planned.asked
  if (body.length === 0 || !isUtf8(body)) return undefined
  const type = mediaType(headers.get('content-type'))
  const tree = type.includes('protobuf') ? undefined : readWritten(body, readYaml)
  if (typeof tree === 'object' && tree !== null) return { text: await maskTree(tree, by), isJson: true }
  if (isSecrets(by.planned) || UNREAD.test(body.toString('utf8'))) return undefined
  return { text: (await maskForApprovers(body, 'text', by)).toString('utf8'), isJson: false }
}
