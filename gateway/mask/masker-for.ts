import {
  CannotMask,
  createMasker,
  type KnownValues,
  type Masker,
  type MaskerOptions,
  type MaskKind,
  maskSecretStatus,
  type TextMasker,
} from '../../domain/mask/masker.ts'
import { chosenKeys } from '../../domain/mask/restore.ts'
import { BodyTooLarge, BoundedBody } from '../../kube/read-bounded.ts'
import type { Masking } from '../ports.ts'
import type { Announced } from '../steps.ts'
import { valuesRepeatedIn, weakValuesFor } from './values/values-said.ts'
import { codecs } from './codecs.ts'
import { isSecrets, type Treatment } from './mask-kind.ts'
import { policyMasking } from './policy-masking.ts'
import { createWholeLines } from './whole-lines.ts'

/** Maximum size of a body that is buffered whole, such as an OpenAPI document. */
const MAX_HELD_BYTES = 32 * 1024 * 1024
const NOTHING = Buffer.alloc(0)

/** Buffers the whole body and returns the result of `finish`. */
function holding(finish: (body: Buffer) => Buffer, limit = MAX_HELD_BYTES): Masker {
  const held = new BoundedBody(limit)
  return {
    push: (chunk) => {
      try {
        held.add(chunk)
      } catch (error) {
        throw error instanceof BodyTooLarge ? new CannotMask('a body that must be held whole is too long') : error
      }
      return NOTHING
    },
    end: () => finish(held.whole()),
  }
}

/** Passes a body unchanged, or throws if it holds a known value. Protobuf cannot be masked in place, since its strings have length prefixes. */
function unchangedOrNothing(body: Buffer, known: KnownValues): Buffer {
  const masker = createMasker('text', { known, tokens: false })
  const masked = Buffer.concat([masker.push(body), masker.end()])
  if (!masked.equals(body)) throw new CannotMask('a known value in a document that cannot be masked')
  return body
}

function optionsOf(
  { classified: { info }, policies, caller, method, headers, body, revealed }: Announced,
  masking: Masking,
): Omit<MaskerOptions, 'known'> {
  const echo = method !== 'GET' && method !== 'HEAD'
  const single = info.name !== '' && info.verb !== 'watch' && info.verb !== 'list'
  return {
    placeholders: masking.placeholders(caller.session),
    echo,
    ...(echo && isSecrets(info) ? { chosen: chosenKeys({ contentType: headers.get('content-type'), body }) } : {}),
    codecs,
    ...policyMasking(policies, info),
    namespace: info.namespace,
    ...(single ? { name: info.name } : {}),
    ...(revealed === undefined ? {} : { reveal: [revealed] }),
  }
}

/** Creates the masker for a response by its treatment. */
export function maskerFor(
  treatment: Exclude<Treatment, 'nothing'>,
  announced: Announced,
  by: { readonly masking: Masking; readonly known: KnownValues; readonly status: number },
): Masker | TextMasker {
  const { masking, known, status } = by
  if (treatment === 'secret-error') return holding((body) => maskSecretStatus(body, { status, name: announced.classified.info.name }), 1024 * 1024)
  if (treatment === 'opaque') return holding((body) => unchangedOrNothing(body, known))
  const kind: MaskKind = treatment
  const said = { said: valuesRepeatedIn(announced, { known, status }), ...weakValuesFor(announced, { known, status }) }
  const { tokens, exempt } = policyMasking(announced.policies, announced.classified.info)
  const masker =
    kind === 'text'
      ? createMasker('text', { known, tokens, ...said, ...(exempt === undefined ? {} : { exempt }) })
      : createMasker(kind, { ...optionsOf(announced, masking), known, ...said })
  return announced.query.has('limitBytes') && kind === 'text' ? createWholeLines(masker) : masker
}
