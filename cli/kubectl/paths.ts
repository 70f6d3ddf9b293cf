import { API_VERSION } from '../../domain/api/names.ts'

const BASE = `/apis/${API_VERSION}`
const query = (options: { readonly [name: string]: string }): string => {
  const text = new URLSearchParams(options).toString()
  return text === '' ? '' : `?${text}`
}

export const requestsPath = (options: { readonly [name: string]: string } = {}): string => `${BASE}/accessrequests${query(options)}`
export const requestPath = (name: string): string => `${BASE}/accessrequests/${encodeURIComponent(name)}`
export const approvalPath = (name: string): string => `${requestPath(name)}/approval`
export const planPath = (name: string): string => `${requestPath(name)}/plan`
export const policyPath = (name: string): string => `${BASE}/accesspolicies/${encodeURIComponent(name)}`
export const grantPath = (name: string): string => `${BASE}/accessgrants/${encodeURIComponent(name)}`
export const revocationPath = (name: string): string => `${grantPath(name)}/revocation`

export const SELF_SUBJECT_REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
export const SELF_SUBJECT_ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
