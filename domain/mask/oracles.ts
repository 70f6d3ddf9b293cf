/**
 * Requests on Secrets that read a value without being given it: a selector on data, a JSON Patch that tests a value or copies it to
 * where it is shown. What is NOT closed: whether a write changes resourceVersion tells whether it wrote the same value; that needs
 * a grant to write.
 */
export type SecretRead = {
  /** `secrets` for the core resource; any other resource has no oracle here. */
  readonly resource: string
  readonly fieldSelector?: string | undefined
  readonly contentType?: string | undefined
  readonly body?: Buffer | undefined
}

export type OracleRefusal = { readonly code: 403; readonly reason: 'Forbidden'; readonly message: string }

const SELECTABLE = new Set(['metadata.name', 'metadata.namespace', 'type'])
const TESTABLE = new Set([
  '/metadata/name',
  '/metadata/namespace',
  '/metadata/uid',
  '/metadata/resourceVersion',
  '/metadata/generation',
  '/type',
  '/immutable',
])

export function refuseOracle({ resource, fieldSelector, contentType, body }: SecretRead): OracleRefusal | undefined {
  if (resource !== 'secrets') return undefined
  for (const term of (fieldSelector ?? '').split(',')) {
    const field = term.split(/[=!]/)[0]?.trim() ?? ''
    if (field !== '' && !SELECTABLE.has(field)) return refuse('a field selector on Secrets may name metadata.name, metadata.namespace and type only')
  }
  if (mediaType(contentType) !== 'application/json-patch+json' || body === undefined) return undefined
  const operations = parse(body)
  if (!Array.isArray(operations)) return refuse('this JSON Patch cannot be read, so it is not sent to Secrets')
  for (const operation of operations as unknown[]) {
    const refusal = refuseOperation(operation)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

function refuseOperation(operation: unknown): OracleRefusal | undefined {
  if (typeof operation !== 'object' || operation === null) return refuse('this JSON Patch cannot be read, so it is not sent to Secrets')
  const { op, path, from } = operation as Record<string, unknown>
  if (op === 'add' || op === 'replace' || op === 'remove') return undefined
  if (op === 'test') {
    const safe = typeof path === 'string' && (TESTABLE.has(path) || path.startsWith('/metadata/labels/'))
    return safe ? undefined : refuse('a JSON Patch "test" on a Secret could read a value: leave the test out, or test /metadata/resourceVersion')
  }
  const within = inData(from) && inData(path)
  return within || op === undefined ? undefined : refuse('a JSON Patch on a Secret may move or copy within data only')
}

function inData(path: unknown): boolean {
  return typeof path === 'string' && /^\/data\/[^/]+$/.test(path)
}

function refuse(message: string): OracleRefusal {
  return { code: 403, reason: 'Forbidden', message }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
