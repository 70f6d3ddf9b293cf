import {
  type KnownValues,
  type MaskerOptions,
  noWeakValues,
  repeatedTexts,
  type Said,
  unsaidWeakValues,
  valuesIn,
} from '../../../domain/mask/masker.ts'
import { yamlBodyAsJson } from '../../decide/body/yaml-body.ts'
import type { Announced } from '../../steps.ts'

/** The parts of a request that its response may repeat. */
export type Repeatable = Pick<Announced, 'path' | 'search' | 'headers' | 'body' | 'classified'>
/** The status of a response that repeats its request. */
const REFUSED = 422

/** YAML takes long to read, and several texts may repeat one request. */
const bodies = new WeakMap<Buffer, readonly Buffer[]>()

/** The body as it was sent, and as JSON if it is YAML: that goes upstream in its place. */
function bodiesOf(request: Repeatable): readonly Buffer[] {
  const { body } = request
  const known = bodies.get(body)
  if (known !== undefined) return known
  const json = jsonOf(request)
  if (json === body) return [body]
  bodies.set(body, [body, json])
  return [body, json]
}

function jsonOf(request: Repeatable): Buffer {
  try {
    return yamlBodyAsJson(request)
  } catch {
    // It is refused.
    return request.body
  }
}

const textsOf = (request: Repeatable): readonly Buffer[] => repeatedTexts({ ...request, bodies: bodiesOf(request) })

/**
 * What a request itself contains of the strong values: in its path, its query (which holds the command of an exec) and its body. They are not
 * masked in its response, since the agent knows them and a mask would confirm a guess. Stream input is not considered.
 */
export const valuesInRequest = (request: Repeatable, known: KnownValues): Said => valuesIn(known, textsOf(request))

const NOTHING: Said = new Set()

/**
 * As valuesInRequest, for the response to a request. A read that succeeds says nothing: objects and logs do not repeat its path and query, which
 * have room for thousands of guesses, and a value that is shown because one of them is right would confirm it. Errors repeat what they refuse, and a
 * program behind a proxied path may repeat anything.
 */
export function valuesRepeatedIn(
  announced: Repeatable & Pick<Announced, 'method'>,
  { known, status }: { readonly known: KnownValues; readonly status: number },
): Said {
  const { method, classified } = announced
  const reads = method === 'GET' || method === 'HEAD'
  return reads && status < 400 && classified.info.subresource !== 'proxy' ? NOTHING : valuesInRequest(announced, known)
}

/**
 * The values that can be guessed and are masked in the response, if they are not all. An agent without a grant creates reviews, gets errors, and reads
 * the AccessRequests that it wrote, so its own words there must not tell which of them are values.
 */
export function weakValuesFor(
  request: Repeatable,
  { known, status }: { readonly known: KnownValues; readonly status: number },
): Pick<MaskerOptions, 'weak'> {
  const { info } = request.classified
  if (info.apiGroup === 'jit.access') return { weak: noWeakValues }
  if (status < 400 && info.verb !== 'create') return {}
  return { weak: unsaidWeakValues(known.weak, { texts: textsOf(request) }) }
}

/**
 * The values that can be guessed and are masked in the plan of an operation: it repeats the request and shows an object, so when there is too much to
 * search through, what else it shows stays masked.
 */
export const unsaidWeakInPlan = (request: Repeatable, known: KnownValues): Pick<MaskerOptions, 'weak'> => ({
  weak: unsaidWeakValues(known.weak, { texts: textsOf(request), saidBeyond: false }),
})

/** What is masked in a short text that may repeat a request, such as a warning or the error of its dry run: nothing that the request contains. */
export const unsaidBy = (request: Repeatable, known: KnownValues): Pick<MaskerOptions, 'said' | 'weak'> => ({
  said: valuesInRequest(request, known),
  ...weakValuesFor(request, { known, status: REFUSED }),
})
