import { usage } from '../../terminal/exit-code.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { GRANT_KINDS, namesOf } from '../object-names.ts'

/** Flags that state access, or limits that an extension does not change. */
const OTHERS: ReadonlySet<string> = new Set([
  'verb',
  'resource',
  'name',
  'gain',
  'reveal',
  'for',
  'operation',
  'filename',
  'from-refusal',
  'uses',
  'not-before',
  'break-glass',
])

/** The grant of `--extend`; undefined without the flag. @throws CommandError when the command states other access as well */
export function extendOf(flags: ParsedFlags): string | undefined {
  const grant = lastOf(flags, 'extend')
  if (grant === undefined) return undefined
  const other = flags.given.find(({ name }) => OTHERS.has(name))
  if (other !== undefined)
    throw usage(`--extend takes no --${other.name}: the grant gives the same as before, for longer`, 'to ask for other access, leave out --extend')
  const [name = ''] = namesOf([grant], GRANT_KINDS, 'list yours: kubectl get accessgrants')
  if (name === '') throw usage('--extend needs the NAME of a grant', 'list yours: kubectl get accessgrants')
  return name
}
