/**
 * Error responses on Secrets routes, and to writes where a policy hides fields. A validation, conversion or precondition error may quote a
 * value. So the message is rebuilt from what cannot: code, reason, the name of the object, and the names of fields and of the managers that
 * own them. A body other than a Status becomes a plain Status.
 */
import { MASK_TEXT } from './mask-text.ts'

type Cause = { reason?: string; field?: string; message?: string }

/** The form of a reason that clients know. Prevents a server from passing arbitrary text. */
const REASON = /^[A-Z][A-Za-z]{0,40}$/
const FIELD = /^\.?[A-Za-z][A-Za-z0-9_.[\]-]{0,200}$/
/** The message of server-side apply for a field that another manager owns. */
const MANAGED = /^conflict with "[\w./@: -]{1,200}"( with subresource "\w{1,64}")?( using [\w./]{1,100})?( at [\w:.+-]{1,40})?$/
const MAX_BYTES = 256 << 10

const PHRASES: Record<string, string> = {
  NotFound: 'not found',
  AlreadyExists: 'already exists',
  Forbidden: 'is forbidden',
  Conflict: 'was changed by someone else; read it again and repeat',
  Invalid: 'is invalid',
  Expired: 'is no longer available at the resourceVersion that was asked for',
}

/** @param route `resource` defaults to secrets */
export function maskSecretStatus(body: Buffer, route: { status: number; name?: string; resource?: string }): Buffer {
  const { status, name = '', resource = 'secrets' } = route
  const read = parse(body)
  const code = Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500
  const reason = matching(read['reason'], REASON)
  const causes = causesOf(read['details'])
  const message = `${name === '' ? resource : `${resource} ${JSON.stringify(name)}`} ${phrase(reason, code, causes)}${fieldsOf(causes)}. The server's own words are withheld: they can quote a value (${MASK_TEXT})`
  const details = { ...(name === '' ? {} : { name }), kind: resource, ...(causes.length > 0 ? { causes } : {}), ...retry(read['details']) }
  const failure = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, ...(reason === '' ? {} : { reason }), details, code }
  return Buffer.from(JSON.stringify(failure))
}

function matching(value: unknown, shape: RegExp): string {
  return typeof value === 'string' && shape.test(value) ? value : ''
}

function phrase(reason: string, code: number, causes: readonly Cause[]): string {
  if (reason === 'Conflict' && causes.some((cause) => cause.reason === 'FieldManagerConflict'))
    return 'has fields that another manager owns; leave them out, or apply with --force-conflicts'
  const known = Object.hasOwn(PHRASES, reason) ? PHRASES[reason] : undefined
  return known ?? `could not be served (${[code, reason].join(' ').trim()})`
}

function fieldsOf(causes: readonly Cause[]): string {
  const fields = causes.flatMap(({ field, message }) => (field === undefined ? [] : [message === undefined ? field : `${field} (${message})`]))
  return fields.length > 0 ? `: ${fields.join(', ')}` : ''
}

function parse(body: Buffer): Record<string, unknown> {
  if (body.length > MAX_BYTES) return {}
  try {
    return object(JSON.parse(body.toString('utf8')))
  } catch {
    return {}
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Field paths name keys of the Secret, never values. A message is dropped unless it names a manager. */
function causesOf(details: unknown): Cause[] {
  const { causes } = object(details)
  if (!Array.isArray(causes)) return []
  return causes.slice(0, 50).map((each: unknown): Cause => {
    const { reason, field } = object(each)
    const [known, path] = [matching(reason, REASON), matching(field, FIELD)]
    const managed = known === 'FieldManagerConflict' ? matching(object(each)['message'], MANAGED) : ''
    return { ...(known === '' ? {} : { reason: known }), ...(managed === '' ? {} : { message: managed }), ...(path === '' ? {} : { field: path }) }
  })
}

function retry(details: unknown): { retryAfterSeconds?: number } {
  const { retryAfterSeconds } = object(details)
  return typeof retryAfterSeconds === 'number' && Number.isInteger(retryAfterSeconds) ? { retryAfterSeconds } : {}
}
