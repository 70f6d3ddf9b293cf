import { parse as parseYaml } from 'yaml'
import type { AccessPolicy } from '../../domain/access-policy.ts'
import { mediaType, refuseHiddenSelector, refuseOracle } from '../../domain/mask/restore/oracles.ts'
import { restorePlaceholders } from '../../domain/mask/restore/write-back.ts'
import { StatusError, type StatusReason } from '../../domain/status-error.ts'
import { codecs } from '../mask/codecs.ts'
import { policyMasking } from '../mask/policy-masking.ts'
import type { Masking } from '../ports.ts'
import type { Asked } from '../steps.ts'

const refusal = ({ reason, code, message }: { readonly reason: StatusReason; readonly code: number; readonly message: string }): StatusError =>
  new StatusError(reason, message, { code })

/** YAML that is no JSON is read at some 100 KB a second on a busy machine, while nobody else is served. Tools send JSON. */
const LONGEST_YAML = 32 * 1024

/** Of a key that comes twice the last counts, as upstream has it; comparing each with each would take quadratic time. */
export function readYaml(text: string): unknown {
  if (text.length > LONGEST_YAML) throw new Error('too long to be read')
  return parseYaml(text, { maxAliasCount: 100, uniqueKeys: false })
}

function refuseLongYaml(contentType: string | undefined, body: Buffer): void {
  if (body.length <= LONGEST_YAML || !mediaType(contentType).includes('yaml') || /^\s*[{[]/.test(body.toString('latin1', 0, 1024))) return
  const message = `a YAML body of more than ${LONGEST_YAML} bytes is not read: send it as JSON, which is YAML too`
  throw new StatusError('RequestEntityTooLarge', message)
}

/** A delete has options for a body, which tell nothing of values; what else there is may. */
const deletes = (verb: string): boolean => verb === 'delete' || verb === 'deletecollection'

/** @throws StatusError Forbidden for a selector that would test guesses of a field that the policies hide */
export function refuseHidden({ classified: { info }, query }: Asked, policies: readonly AccessPolicy[]): void {
  const hidden = refuseHiddenSelector(query.get('fieldSelector') ?? undefined, policyMasking(policies, info).fields)
  if (hidden !== undefined) throw refusal(hidden)
}

/**
 * The body as it may go upstream: placeholders that the agent read stand for their values again. Refuses what would ask Secrets
 * for a value without reading it, before anybody is asked to approve it.
 * @throws StatusError 403 for an oracle, 413 for YAML that is too long, 422 for a mask in a place where it would overwrite something, 503 while values are unknown
 */
export async function prepareBody({ classified: { info }, query, headers, body, caller }: Asked, masking: Masking): Promise<Buffer> {
  const contentType = headers.get('content-type')
  refuseLongYaml(contentType, body)
  const resource = info.apiGroup === '' ? info.resource : ''
  const force = ['true', '1'].includes(query.get('force') ?? '')
  const oracle = refuseOracle({
    resource,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    contentType,
    body,
    force,
    immutable: resource === 'secrets' && !deletes(info.verb) && masking.immutable(info.namespace, info.name),
    parseYaml: readYaml,
  })
  if (oracle !== undefined) throw refusal(oracle)
  if (body.length === 0) return body
  const restored = await restorePlaceholders(
    { info, contentType, body },
    {
      placeholders: masking.placeholders(caller.session),
      lookup: (namespace, secret, key) => masking.lookup(namespace, secret, key),
      parseYaml: readYaml,
      unpacking: { known: masking.known, codecs },
    },
  )
  if (restored.kind === 'refused') throw refusal(restored)
  return restored.kind === 'restored' ? restored.body : body
}
