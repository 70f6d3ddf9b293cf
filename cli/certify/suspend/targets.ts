import type { AccessSuspensionSpec } from '../../../domain/api/access-suspension.ts'
import type { PolicySubject } from '../../../domain/api/access-policy.ts'
import { usage } from '../../terminal/exit-code.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'

type Target = Pick<AccessSuspensionSpec, 'subjects' | 'policy' | 'all'>

const NEXT = 'name whom to stop: --agent=NAME, --group=NAME, --serviceaccount=NAMESPACE/NAME, --policy=NAME or --all'

function accountOf(text: string): PolicySubject {
  const [namespace = '', name = '', ...more] = text.split('/')
  if (namespace === '' || name === '' || more.length > 0)
    throw usage(`--serviceaccount=${text}: must be NAMESPACE/NAME`, 'as in --serviceaccount=ci/bot')
  return { kind: 'ServiceAccount', namespace, name }
}

/** Names are not split at commas: an LDAP name has commas. A flag without a value is an error, so that an empty variable stops nobody by mistake. */
function subjectsOf({ given }: ParsedFlags): readonly PolicySubject[] {
  return given
    .filter(({ name }) => name === 'agent' || name === 'group' || name === 'serviceaccount')
    .map(({ name, value }): PolicySubject => {
      if (value.trim() === '') throw usage(`flag needs a value: --${name}`, NEXT)
      if (name === 'serviceaccount') return accountOf(value)
      return { kind: name === 'agent' ? 'User' : 'Group', name: value }
    })
}

/** Whom `kubectl certify suspend` stops. @throws CommandError unless exactly one kind of target is given */
export function targetOf(flags: ParsedFlags): Target {
  const subjects = subjectsOf(flags)
  const policy = lastOf(flags, 'policy')
  if (policy?.trim() === '') throw usage('flag needs a value: --policy', NEXT)
  const all = switchedOn(flags, 'all')
  const targets: readonly Target[] = [
    ...(subjects.length === 0 ? [] : [{ subjects: [...subjects] }]),
    ...(policy === undefined ? [] : [{ policy }]),
    ...(all ? [{ all: true } as const] : []),
  ]
  const [target] = targets
  if (target === undefined) throw usage('nobody is named', NEXT)
  if (targets.length > 1) throw usage('users, a policy and --all cannot be combined', 'make one suspension for each')
  return target
}
