import type { Classified } from '../decision.ts'

const MAX_NAME = 253

/** `delete deployments.apps "web" in namespace "shop"`. */
export function formatOperation({ info: { apiGroup, resource, subresource, name, namespace }, verb }: Classified): string {
  const group = apiGroup === '' ? '' : `.${apiGroup}`
  const below = subresource === '' ? '' : `/${subresource}`
  const which = name === '' ? '' : ` "${name.slice(0, MAX_NAME)}"`
  return `${verb} ${resource}${group}${below}${which}${namespace === '' || resource === 'namespaces' ? '' : ` in namespace "${namespace}"`}`
}
