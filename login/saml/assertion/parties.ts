import type { KeyObject } from 'node:crypto'

/** The identity provider, as its metadata say. */
export type IdentityProvider = { readonly entityID: string; readonly keys: readonly KeyObject[] }

/** What an assertion must be meant for. The lists hold exact values; one of them must be named. */
export type Meant = {
  readonly audiences: readonly string[]
  readonly recipients: readonly string[]
  /** ID of the request that it answers. Undefined: it must answer none. */
  readonly inResponseTo: string | undefined
}

/** Bounds of time, in milliseconds. */
export type Timing = { readonly nowMs: number; readonly skewMs: number; readonly maxAgeMs: number }

/** What an assertion must be. */
export type Expected = { readonly provider: IdentityProvider; readonly meant: Meant; readonly timing: Timing }
