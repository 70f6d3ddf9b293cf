import { SESSIONS_PATH } from '../../domain/api/access-session.ts'
import {
  APPROVER_KEYS_PATH,
  BREAK_GLASS_REVIEWS_PATH,
  GRANTS_PATH,
  POLICIES_PATH,
  REQUESTS_PATH,
  SUSPENSIONS_PATH,
  objectPath,
} from '../../domain/api/names.ts'

const query = (options: { readonly [name: string]: string }): string => {
  const text = new URLSearchParams(options).toString()
  return text === '' ? '' : `?${text}`
}

export const requestsPath = (options: { readonly [name: string]: string } = {}): string => `${REQUESTS_PATH}${query(options)}`
export const grantsPath = (options: { readonly [name: string]: string } = {}): string => `${GRANTS_PATH}${query(options)}`
export const requestPath = (name: string): string => objectPath(REQUESTS_PATH, name)
export const approvalPath = (name: string): string => `${requestPath(name)}/approval`
export const withdrawalPath = (name: string): string => `${requestPath(name)}/withdrawal`
export const planPath = (name: string): string => `${requestPath(name)}/plan`
export const policyPath = (name: string): string => objectPath(POLICIES_PATH, name)
export const grantPath = (name: string): string => objectPath(GRANTS_PATH, name)
export const transferPath = (name: string): string => `${grantPath(name)}/transfer`
export const revocationPath = (name: string): string => `${grantPath(name)}/revocation`
export const reviewPath = (name: string): string => objectPath(BREAK_GLASS_REVIEWS_PATH, name)
export const reviewDecisionPath = (name: string): string => `${reviewPath(name)}/decision`
export const keysPath = (options: { readonly [name: string]: string } = {}): string => `${APPROVER_KEYS_PATH}${query(options)}`
export const keyPath = (name: string): string => objectPath(APPROVER_KEYS_PATH, name)
export const keyConfirmationPath = (name: string): string => `${keyPath(name)}/confirmation`
export const keyRevocationPath = (name: string): string => `${keyPath(name)}/revocation`
export const suspensionPath = (name: string): string => objectPath(SUSPENSIONS_PATH, name)
export const liftPath = (name: string): string => `${suspensionPath(name)}/lift`
export const sessionsPath = (options: { readonly [name: string]: string } = {}): string => `${SESSIONS_PATH}${query(options)}`
export const sessionPath = (name: string, part: string, options: { readonly [name: string]: string } = {}): string =>
  `${SESSIONS_PATH}/${encodeURIComponent(name)}${part}${query(options)}`

export const SELF_SUBJECT_REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
export const SELF_SUBJECT_ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
