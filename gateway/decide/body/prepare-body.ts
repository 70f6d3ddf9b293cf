import { randomInt } from 'node:crypto'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { releasedIn } from '../../../domain/mask/masker.ts'
import {
  bindVersion,
  comparesValues,
  goalsOf,
  otherHiddenValues,
  otherSecretValues,
  readWritten,
  refuseHiddenSelector,
  refuseHiddenWrite,
  refuseOracle,
  releasedValue,
  restorePlaceholders,
  type WriteBackPorts,
} from '../../../domain/mask/restore.ts'
import { JSON_PATCH, mediaType } from '../../../domain/media-type.ts'
import { StatusError, type StatusReason } from '../../../domain/status-error.ts'
import type { ApiServers } from '../../../kube/api-servers.ts'
import { whyNoDryRun } from '../../classify/keeps-dry-run.ts'
import { codecs } from '../../mask/codecs.ts'
import { policyMasking } from '../../mask/policy-masking.ts'
import type { ClassifiedRequest } from '../../steps.ts'
import type { LiveSecret, LiveSecrets } from '../live-secrets.ts'
import { refuseCopiesToNames } from './refuse-copies.ts'
import { sameObject, type SameObjectDependencies } from './same-object.ts'
import { yamlBodyAsJson, readYaml, refuseLongYaml } from './yaml-body.ts'

export type PrepareDependencies = SameObjectDependencies & { readonly liveSecrets: LiveSecrets; readonly servers: ApiServers }

/** What may go upstream. */
export type Prepared = {
  /** The body with masks put back, not bound to a version yet: what an approver sees. */
  readonly body: Buffer
  /** Whether values were put back. */
  readonly restores: boolean
  /** The version of the object that values were put back from. Undefined: none were. */
  readonly version: string | undefined
  /** The same write with other values, to be tried first. Undefined: it compares nothing. */
  readonly trial: Buffer | undefined
}

const refusal = ({ reason, code, message }: { readonly reason: StatusReason; readonly code: number; readonly message: string }): StatusError =>
  new StatusError(reason, message, { code })

/** A delete has options for a body, which tell nothing of values; what else there is may. */
const deletes = (verb: string): boolean => verb === 'delete' || verb === 'deletecollection'

function refuseHiddenIn({ query }: ClassifiedRequest, fields: readonly string[]): void {
  const selectors = (['fieldSelector', 'labelSelector'] as const).flatMap((key) => query.getAll(key).map((text) => ({ [key]: text })))
  for (const selector of selectors) {
    const hidden = refuseHiddenSelector(selector, fields)
    if (hidden !== undefined) throw refusal(hidden)
  }
}

/** @throws StatusError Forbidden for what would ask for a value of a Secret, or of a hidden field, without reading it */
function refuseOracles(asked: ClassifiedRequest, fields: readonly string[], { masking }: PrepareDependencies): void {
  const { classified, query, headers, body, dryRun } = asked
  const { info } = classified
  refuseHiddenIn(asked, fields)
  const oracle = refuseOracle({
    ...secretRead(asked),
    fieldSelector: query.get('fieldSelector') ?? undefined,
    immutable: isSecrets(asked) && !deletes(info.verb) && masking.immutable(info.namespace, info.name),
  })
  if (oracle !== undefined) throw refusal(oracle)
  refuseCopiesToNames(asked)
  if (body.length === 0 || fields.length === 0 || isSecrets(asked)) return
  const tree = readWritten(body, readYaml)
  const why = refuseHiddenWrite({ verb: info.verb, apiGroup: info.apiGroup, contentType: headers.get('content-type'), tree, dryRun, fields })
  if (why !== undefined) throw new StatusError('Forbidden', why)
}

const isSecrets = ({ classified: { info } }: ClassifiedRequest): boolean => info.apiGroup === '' && info.resource === 'secrets'

const secretRead = (asked: ClassifiedRequest) => ({
  resource: isSecrets(asked) ? 'secrets' : '',
  contentType: asked.headers.get('content-type'),
  body: asked.body,
  force: ['true', '1'].includes(asked.query.get('force') ?? ''),
  parseYaml: readYaml,
})

type Looked = { secret: LiveSecret | undefined; version: string | undefined }

/** Where values come from that are put back. What was looked at is kept in `looked`. */
function portsFor(
  asked: ClassifiedRequest,
  looked: Looked,
  by: { readonly policies: readonly AccessPolicy[]; readonly deps: PrepareDependencies },
): WriteBackPorts {
  const { deps, policies } = by
  const { masking, liveSecrets } = deps
  const placeholders = masking.placeholders(asked.caller.session)
  let found: Promise<LiveSecret | undefined> | undefined
  // All places are in the namespace of the request.
  let released: Promise<readonly Buffer[]> | undefined
  return {
    placeholders,
    parseYaml: readYaml,
    hidesFields: policyMasking(policies, asked.classified.info).fields.length > 0,
    unpacking: { known: masking.known, codecs, released: releasedIn(asked.classified.info.namespace, placeholders) },
    lookup: async (namespace, name, key) => {
      const secret = await (found ??= asked.inTurn(() => liveSecrets.find(namespace, name)))
      // `kubectl replace --force` creates what it has deleted.
      if (secret === undefined) return masking.lookup(namespace, name, key)
      looked.secret = secret
      const { data } = secret
      return data !== undefined && Object.hasOwn(data, key) ? Buffer.from(data[key] ?? '', 'base64') : undefined
    },
    released: async (decoded, place) => {
      for (const release of await (released ??= asked.inTurn(() => liveSecrets.releases(place.namespace)))) {
        const value = await asked.slowly(() => releasedValue(release, { decoded, place }, { placeholders, codecs, parseYaml: readYaml }))
        if (value !== undefined) return value
      }
      return undefined
    },
    revisions: async (namespace, secret) => {
      const release = /^sh\.helm\.release\.v1\.(.+)\.v\d+$/.exec(secret)?.[1]
      return release === undefined ? [] : await asked.inTurn(() => liveSecrets.releases(namespace, release))
    },
    slowly: asked.slowly,
    sameObject: async (body) => {
      const same = await sameObject(body, { asked, policies, deps })
      const version = (same?.live as { readonly metadata?: { readonly resourceVersion?: unknown } } | undefined)?.metadata?.resourceVersion
      if (typeof version === 'string') looked.version = version
      return same
    },
  }
}

/**
 * The body as it may go upstream: masks that the agent read stand for their values again. Refuses what would ask for a value without
 * reading it. Done before anybody is asked to approve it, and again when it was approved.
 * @throws StatusError 400 for YAML that could be read in two ways, 403 for an oracle, 409 for a mask of a value that has changed, 413 for YAML that
 * is too long, 422 for a mask in a place where it would overwrite something, 503 while values are unknown
 */
export async function prepareBody(sent: ClassifiedRequest, policies: readonly AccessPolicy[], deps: PrepareDependencies): Promise<Prepared> {
  const { info } = sent.classified
  const contentType = sent.headers.get('content-type')
  refuseLongYaml(contentType, sent.body)
  const { fields } = policyMasking(policies, info)
  refuseOracles(sent, fields, deps)
  const asked = { ...sent, body: yamlBodyAsJson(sent) }
  const { body } = asked
  if (body.length === 0) return { body, restores: false, version: undefined, trial: undefined }
  const looked: Looked = { secret: undefined, version: undefined }
  const restored = await restorePlaceholders({ info, contentType, body }, portsFor(asked, looked, { policies, deps }))
  if (restored.kind === 'refused') throw refusal(restored)
  const outgoing = restored.kind === 'restored' ? restored.body : body
  const trial = trialOf(asked, outgoing, fields)
  if (trial !== undefined) refuseUnsafeTrial(asked, deps)
  const version = restored.kind === 'restored' && info.name !== '' ? versionIn(looked) : undefined
  const plain = trial === undefined ? outgoing : Buffer.from(JSON.stringify(readWritten(outgoing, readYaml)))
  if (plain !== body && contentType !== PROTOBUF) refuseLongNumbers(body)
  return { body: plain, restores: restored.kind === 'restored', version, trial }
}

/** Other values are tried first, and must not be written. @throws StatusError Forbidden */
function refuseUnsafeTrial({ classified: { info } }: ClassifiedRequest, { servers }: PrepareDependencies): void {
  const why = whyNoDryRun(info, servers)
  if (why !== undefined) throw new StatusError('Forbidden', `a policy hides fields of this object, so a write to it is tried first; ${why}`)
}

const versionIn = ({ version, secret }: Looked): string | undefined => version ?? secret?.metadata.resourceVersion

const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** A string of JSON, or the beginning of one that does not end: otherwise each quote in it would be tried as a beginning. */
const STRINGS = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)/g

/** Written again, a number of more than 53 bits would change. */
export function refuseLongNumbers(body: Buffer): void {
  if (/[\s:[,]-?\d{16}/.test(body.toString('latin1').replaceAll(STRINGS, '""')))
    throw new StatusError(
      'Invalid',
      'the body holds a number of more than 15 digits, which would change when a masked or hidden value, or the version that was approved, is put into it: leave it out',
    )
}

/** Undefined when nothing that the write sets is compared with something hidden. */
function trialOf(asked: ClassifiedRequest, outgoing: Buffer, fields: readonly string[]): Buffer | undefined {
  const { verb, name } = asked.classified.info
  if (name === '' || (verb !== 'update' && verb !== 'patch')) return undefined
  const secret = isSecrets(asked)
  if (secret ? !comparesValues(secretRead(asked)) : fields.length === 0) return undefined
  const guesses = {
    sent: readWritten(asked.body, readYaml),
    outgoing: readWritten(outgoing, readYaml),
    isJsonPatch: mediaType(asked.headers.get('content-type')) === JSON_PATCH,
    random: (below: number) => randomInt(below),
  }
  const other = secret ? otherSecretValues(guesses) : otherHiddenValues(guesses, goalsOf(fields))
  return other === undefined ? undefined : Buffer.from(JSON.stringify(other))
}

/** What goes upstream: bound to the version of the object that values were put back from. */
export async function boundBody({ body, version }: Prepared, asked: ClassifiedRequest): Promise<Buffer> {
  return version === undefined ? body : await bindVersion(body, { contentType: asked.headers.get('content-type'), resourceVersion: version })
}
