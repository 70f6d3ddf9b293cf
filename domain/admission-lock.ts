import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/**
 * An admissionregistration.k8s.io/v1 object that never needs a change after installation. kube-apiserver runs no admission webhook or policy on such
 * objects, so admission cannot protect them.
 */
export type AdmissionLock = {
  readonly kind: 'ValidatingAdmissionPolicy' | 'ValidatingAdmissionPolicyBinding'
  readonly name: string
  /** {@link digestOf} of the object as this release ships it. A test compares it with kustomize/base. */
  readonly digest: string
}

export const ADMISSION_LOCKS: readonly AdmissionLock[] = [
  { kind: 'ValidatingAdmissionPolicy', name: 'jit-access-never', digest: '4e5b724e9d71071bcbfaf41797005d800f25fb3924f4ea3b78d8fce1570c336a' },
  { kind: 'ValidatingAdmissionPolicyBinding', name: 'jit-access-never', digest: '22c0b7e93865030b0043e12b8c8ed2c8f9b9fbba33810f12a351659450d43703' },
  {
    kind: 'ValidatingAdmissionPolicyBinding',
    name: 'jit-access-never-governed',
    digest: '2a08958bfc8cf2c6ab9f0cd498888effeb5de2e1d2b78247614659ac93f9f9cc',
  },
  { kind: 'ValidatingAdmissionPolicy', name: 'jit-access-parts', digest: 'b3a26d9438744b0213fe43f07df25828fb2a8108940c09c37fbdf0b4a9be8f51' },
  { kind: 'ValidatingAdmissionPolicyBinding', name: 'jit-access-parts', digest: '60c0873b4441ffcfccf8a2059c7449f0aa6287c2014ef28b279493e6629085c6' },
]

const PLURAL = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
} as const
export const lockResource = ({ kind }: Pick<AdmissionLock, 'kind'>): string => PLURAL[kind]
export const lockPath = ({ kind, name }: Pick<AdmissionLock, 'kind' | 'name'>): string =>
  `/apis/admissionregistration.k8s.io/v1/${lockResource({ kind })}/${name}`

/** Drops empty objects: kube-apiserver defaults omitted selectors to empty ones. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const)
  return Object.fromEntries(
    entries.filter(([, inner]) => typeof inner !== 'object' || inner === null || Array.isArray(inner) || Object.keys(inner).length > 0),
  )
}

/** Digest of the whole spec. Fields that a later Kubernetes release adds by default count as a change, so that an admin reviews them. */
export const digestOf = ({ spec }: { readonly spec?: unknown }): string =>
  createHash('sha256')
    .update(canonicalJson(withoutEmpty(spec)))
    .digest('hex')
