/** Reasons of no answer for now: worth another try. Refusals and unknown names are not. */
export const PASSING: ReadonlySet<string> = new Set([
  'Unreachable',
  'ServiceUnavailable',
  'InternalError',
  'Timeout',
  'TooManyRequests',
  'BadGateway',
  'Expired',
  'Unknown',
])
