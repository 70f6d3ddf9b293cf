import { createHash } from 'node:crypto'

/**
 * What a gateway has seen of its policies, for the controller, which writes their status. It names policies and conditions by digests: a
 * client that reads it can recognize those that it knows, and learns no others.
 */
export type GatewayObservations = {
  /** Keys of conditions that used up the steps of a request. */
  readonly expensive: readonly string[]
  /** Keys of policies as which kube-apiserver did not let the gateway act. The value changes with each refusal, and after a restart. */
  readonly refused: { readonly [policy: string]: string }
}

/** The path on the admin port of the gateway. */
export const OBSERVATIONS_PATH = '/observations'
/** Most entries of each kind. Policies hold at most a few hundred conditions. */
export const MAX_OBSERVED = 1024

/** The key of the name of a policy, or of the text of a condition. */
export const observationKey = (text: string): string => createHash('sha256').update(text).digest('hex')

const KEY = /^[0-9a-f]{64}$/
const MARK = /^[0-9a-z-]{1,64}$/
const isKey = (value: unknown): value is string => typeof value === 'string' && KEY.test(value)

/** @throws Error if the text is not what a gateway writes, or holds more entries than it would */
export function parseObservations(text: string): GatewayObservations {
  const { expensive, refused } = JSON.parse(text) as { readonly expensive?: unknown; readonly refused?: unknown }
  if (!Array.isArray(expensive) || expensive.length > MAX_OBSERVED || !expensive.every(isKey))
    throw new Error('its expensive conditions are not keys')
  if (typeof refused !== 'object' || refused === null) throw new Error('it lists no refusals')
  const marks: readonly (readonly [string, unknown])[] = Object.entries(refused)
  const known = marks.flatMap(([key, mark]) => (isKey(key) && typeof mark === 'string' && MARK.test(mark) ? [[key, mark] as const] : []))
  if (known.length !== marks.length || known.length > MAX_OBSERVED) throw new Error('its refusals are not keys with marks')
  return { expensive, refused: Object.fromEntries(known) }
}
