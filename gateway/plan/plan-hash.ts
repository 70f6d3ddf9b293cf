import { createHmac, randomBytes } from 'node:crypto'
import type { RenderedPlan, Identified } from './render/render-plan.ts'
import { hashOf } from './render/hash-object.ts'
import type { Planned } from './plan.ts'

/** Random for each process, so that the hash of restored values cannot be used to test guesses. */
const KEY = randomBytes(32)

/** The parts that every hash of a plan begins with: the digest of the request, and a MAC of the body with restored values. */
export function commonOf({ asked, digest, sends }: Planned): readonly string[] {
  const restored = sends.equals(asked.body) ? '' : createHmac('sha256', KEY).update(sends).digest('hex')
  return [digest, restored]
}

type Facts = {
  readonly target: Identified | undefined
  readonly readable: boolean
  readonly rendered: RenderedPlan
  /** Whether the dry run used the body that will be sent. */
  readonly triedAsSent: boolean
}
type Hashed = readonly [string, ...string[]]

/** Hashes the identity of an object together with more about its state. */
const of = (common: readonly string[], { namespace = '', name, uid = '' }: Identified, more: readonly string[]): string =>
  hashOf([...common, namespace, name, uid, ...more])

/**
 * Hashes that identify the plan for one object. The first covers the content of the object, and also the result of the operation if all dry
 * runs agree on it and used the body that will be sent. A hash of content that the agent may not read, or that is masked, would let the agent
 * test guesses. The first hash is then of the resourceVersion instead. This is stricter, since it also changes with the status.
 */
export function hashesOfObject(common: readonly string[], { target, readable, rendered, triedAsSent }: Facts): Hashed {
  if (target === undefined) return [hashOf([...common, 'nothing is known'])]
  const { result, content } = rendered.hashes
  const version = target.resourceVersion === undefined ? of(common, target, ['uid']) : of(common, target, ['version', target.resourceVersion])
  const ofResult = result === undefined ? [] : [of(common, target, ['result', result])]
  const ofContent = content === undefined ? [] : [of(common, target, ['content', content])]
  if (!readable || rendered.hides) return [version, ...ofResult, ...ofContent]
  const [first = version, ...others] = [...(rendered.steady && triedAsSent ? ofResult : []), ...ofContent]
  return [first, ...others, ...ofResult, version]
}

/** For operations without a dry run: hashes the identity of the object and its generation, which changes with its spec. */
export const hashesOfTarget = (common: readonly string[], target: Identified | undefined): Hashed => [
  target === undefined ? hashOf([...common, 'nothing is known']) : of(common, target, ['generation', String(target.generation ?? '')]),
]

/** For operations that create an object: hashes the request alone. Callers add `absent` if an update creates the object. */
export const hashesOfCreate = (common: readonly string[]): Hashed => [hashOf([...common, 'create'])]

export const hashesOfSet = (common: readonly string[], targets: readonly Identified[]): Hashed => [
  hashOf([...common, 'set', ...targets.map(({ namespace = '', name, uid = '' }) => `${namespace}/${name}/${uid}`).toSorted()]),
]
