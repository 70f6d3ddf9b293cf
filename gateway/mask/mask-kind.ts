import { CannotMask } from '../../domain/mask/cannot-mask.ts'
import type { MaskKind } from '../../domain/mask/masker.ts'
import { mediaType } from '../../domain/mask/restore/oracles.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import type { Answer } from '../steps.ts'

/**
 * How an answer is masked. `secret-error`: made anew from what cannot quote a value. `opaque`: searched whole and withheld when
 * anything is found. `nothing`: there is no body.
 */
export type Treatment = MaskKind | 'secret-error' | 'opaque' | 'nothing'

export const isSecrets = ({ apiGroup, resource }: RequestInfo): boolean => apiGroup === '' && resource === 'secrets'
const isTokenRequest = ({ apiGroup, resource, subresource }: RequestInfo): boolean =>
  apiGroup === '' && resource === 'serviceaccounts' && subresource === 'token'

function jsonKind(info: RequestInfo, failed: boolean): Treatment {
  const watches = info.verb === 'watch' && !failed
  if (isSecrets(info)) return failed ? 'secret-error' : watches ? 'secret-watch' : 'secret'
  if (isTokenRequest(info) && !failed) return 'token-request'
  return watches ? 'json-watch' : 'json'
}

/** Objects never come as text; logs and health do, and a failure on the way (a proxy, a timeout) may. */
function mayBeText(info: RequestInfo, type: string, failed: boolean): boolean {
  if (info.subresource === 'log') return type === '' || type.startsWith('text/')
  return type.startsWith('text/') && (failed || !info.isResourceRequest || info.subresource === 'proxy')
}

const isOpenAPI = (info: RequestInfo, type: string): boolean =>
  !info.isResourceRequest && info.path.startsWith('/openapi/') && type.startsWith('application/com.github.proto-openapi.spec.')

const bodiless = (method: string, status: number): boolean => method === 'HEAD' || status === 204 || status === 304

/**
 * Decided by the route; the answer's type must be one that the route can give.
 * @throws CannotMask for any other
 */
export function treatmentOf(info: RequestInfo, method: string, { status, headers }: Pick<Answer, 'status' | 'headers'>): Treatment {
  if (bodiless(method, status)) return 'nothing'
  const failed = status >= 400
  if (failed && isSecrets(info)) return 'secret-error'
  const type = mediaType(String(headers['content-type'] ?? ''))
  if (type === 'application/json') return jsonKind(info, failed)
  if (mayBeText(info, type, failed)) return 'text'
  if (isOpenAPI(info, type)) return 'opaque'
  throw new CannotMask(`an answer of type ${/^[\w.+/-]{1,100}$/.test(type) ? type : 'unknown'} on this route`)
}
