import type { RenderedPlan, Identified } from './render/render-plan.ts'
import { hashOf } from './render/hash-object.ts'
import type { Planned } from './plan.ts'

/** Computes a MAC that is the same in all replicas, so that a hash of values cannot be used to test guesses. */
export type Mac = (text: string) => string

/** The parts that every hash of a plan begins with: the digest of the request, and a MAC of the body with restored values. */
export const commonOf = ({ asked, digest, sends }: Planned, mac: Mac): readonly string[] => [
  digest,
  sends.equals(asked.body) ? '' : mac(sends.toString('latin1')),
]

type Facts = {
  readonly target: Identified | undefined
  readonly readable: boolean
  readonly rendered: RenderedPlan
  /** Whether the dry run used the body that will be sent. */
  readonly triedAsSent: boolean
}
type Hashed = readonly [string, ...string[]]

/** Hashes the identity of an object together with more about its state. */
const hashed = (common: readonly string[], { namespace = '', name, uid = '' }: Identified, more: readonly string[]): string =>
  hashOf([...common, namespace, name, uid, ...more])

/**
 * Hashes that identify the plan for one object. The first covers the content of the object, and also the result of the operation, as far
 * as dry runs agree on it, if they used the body that will be sent. A hash of content that the agent may not read, or that is masked, would let the agent
 * test guesses. The first hash is then of the resourceVersion instead. This is stricter, since it also changes with the status.
 */
export function hashesOfObject(common: readonly string[], { target, readable, rendered, triedAsSent }: Facts): Hashed {
  if (target === undefined) return [hashOf([...common, 'nothing is known'])]
  const { result, content } = rendered.hashes
  const version = target.resourceVersion === undefined ? hashed(common, target, ['uid']) : hashed(common, target, ['version', target.resourceVersion])
  const ofResult = result === undefined ? [] : [hashed(common, target, ['result', result])]
  const ofContent = content === undefined ? [] : [hashed(common, target, ['content', content])]
  if (!readable || rendered.hides) return [version, ...ofResult, ...ofContent]
  const [first = version, ...others] = [...(triedAsSent ? ofResult : []), ...ofContent]
  return [first, ...others, ...ofResult, version]
}

/**
 * For operations without a dry run: hashes the identity of the object and its generation, which changes with its spec. Some kinds have no generation,
 * such as Services, where a change of the spec sends a proxied request elsewhere. Their content is hashed, or their resourceVersion if the agent must
 * not be able to test guesses of the content.
 */
export function hashesOfTarget(common: readonly string[], target: Identified | undefined, of: Pick<Facts, 'readable' | 'rendered'>): Hashed {
  if (target === undefined) return [hashOf([...common, 'nothing is known'])]
  const { generation, resourceVersion = '' } = target
  if (generation !== undefined) return [hashed(common, target, ['generation', String(generation)])]
  const { content } = of.rendered.hashes
  const isOpen = of.readable && !of.rendered.hides && content !== undefined
  return [hashed(common, target, isOpen ? ['content', content] : ['version', resourceVersion])]
}

type Made = Pick<Facts, 'rendered' | 'triedAsSent'> & {
  /** Whether the requester may read the object that would be created. */
  readonly readable: boolean
  readonly mac: Mac
}

/**
 * For operations that create an object: hashes the request, and what would be created as far as dry runs agree on it: defaults and admission webhooks
 * may come to add something else than was approved. Where the agent may not read that, or where it is masked, a MAC of it is hashed, so that the agent
 * cannot test guesses.
 */
export function hashesOfCreate(common: readonly string[], { rendered, triedAsSent, readable, mac }: Made): Hashed {
  const { made } = rendered.hashes
  if (made === undefined || !triedAsSent) return [hashOf([...common, 'create'])]
  const [open, closed] = [hashOf([...common, 'create', 'result', made]), hashOf([...common, 'create', 'mac', mac(made)])]
  return readable && !rendered.hides ? [open, closed] : [closed, open]
}

export const hashesOfSet = (common: readonly string[], targets: readonly Identified[]): Hashed => [
  hashOf([...common, 'set', ...targets.map(({ namespace = '', name, uid = '' }) => `${namespace}/${name}/${uid}`).toSorted()]),
]
