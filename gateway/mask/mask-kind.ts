import { CannotMask, type MaskKind } from '../../domain/mask/masker.ts'
import { mediaType } from '../../domain/media-type.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import type { Answer } from '../steps.ts'

/**
 * How a response is masked. `secret-error`: rebuilt from fields that cannot quote a value. `opaque`: searched as a whole, and withheld if a
 * value is found. `nothing`: the response has no body.
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

/** Whether the route may return text. Logs and health do, and so may failures of a proxy. Objects never come as text. */
function mayBeText(info: RequestInfo, type: string, failed: boolean): boolean {
  if (info.subresource === 'log') return type === '' || type.startsWith('text/')
  return type.startsWith('text/') && (failed || !info.isResourceRequest || info.subresource === 'proxy')
}

const isOpenAPI = (info: RequestInfo, type: string): boolean =>
  !info.isResourceRequest && info.path.startsWith('/openapi/') && type.startsWith('application/com.github.proto-openapi.spec.')

const bodiless = (method: string, status: number): boolean => method === 'HEAD' || status === 204 || status === 304

/**
 * Chooses the treatment by the route. The content type of the response must be one that the route can return.
 * @throws CannotMask for any other type
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
