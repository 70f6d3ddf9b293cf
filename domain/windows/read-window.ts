import { plainTextProblem } from '../api/plain-text.ts'
import { isObject } from '../is-object.ts'
import { timeIn } from './read-time.ts'
import { faultIf, quoted, type Window, type WindowFault } from './window.ts'
import { timeZoneOf } from './zone.ts'

export type ReadWindow = { readonly window: Window } | { readonly faults: readonly WindowFault[] }

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function effectIn(value: unknown): Window['effect'] | undefined {
  if (value === undefined) return 'Open'
  return value === 'Open' || value === 'Freeze' ? value : undefined
}

type Words = { readonly [part in 'name' | 'effect' | 'zone' | 'hidden']: unknown }

/** What is wrong with a window, apart from its times. `hidden`: the problem of its reason. */
const wordFaults = (raw: { readonly [field: string]: unknown }, { name, effect, zone, hidden }: Words): readonly WindowFault[] => [
  ...faultIf(name === undefined, { field: 'name', message: 'name the window', kind: 'Required' }),
  ...faultIf(effect === undefined, { field: 'effect', message: `${quoted(raw['effect'])}: Open or Freeze is expected` }),
  ...faultIf(zone === undefined, {
    field: 'timeZone',
    message: `${quoted(raw['timeZone'])}: no such time zone; write a name of the IANA time zone database, as Europe/Berlin or UTC`,
  }),
  ...faultIf(hidden !== undefined, { field: 'reason', message: String(hidden).replace(/^Invalid value: /, '') }),
]

/**
 * Reads one entry of `spec.approvals.windows`, or says what is wrong with it. Admission refuses exactly what closes a stored policy, so nothing is
 * assumed about the value.
 */
export function readWindow(raw: unknown): ReadWindow {
  if (!isObject(raw)) return { faults: [{ field: '', message: 'an object is expected' }] }
  const [name, effect, reason] = [textIn(raw['name']), effectIn(raw['effect']), textIn(raw['reason'])]
  const zone = timeZoneOf(textIn(raw['timeZone']) ?? '')
  const hidden = plainTextProblem(reason ?? '')
  const when = timeIn({ ...raw, effect })
  const faults = [...wordFaults(raw, { name, effect, zone, hidden }), ...('repeats' in when ? [] : when)]
  if (faults.length > 0 || name === undefined || effect === undefined || zone === undefined || !('repeats' in when)) return { faults }
  return { window: { name, effect, zone, reason, when } }
}
