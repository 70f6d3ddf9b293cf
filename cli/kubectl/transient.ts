/** Status reasons that are transient and safe to retry. Refusals and unknown names are not. */
export const TRANSIENT_REASONS: ReadonlySet<string> = new Set([
  'Unreachable',
  'ServiceUnavailable',
  'InternalError',
  'Timeout',
  'TooManyRequests',
  'BadGateway',
  'Expired',
  'Unknown',
])
