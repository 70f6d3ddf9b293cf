import { strictestLimits } from '../../domain/policy/request-limits.ts'
import type { Held } from '../ports.ts'

/** The command that waits for the approval of a request, for at most as long as a request stays open. Works with plain kubectl, also for an agent. */
export const waitCommand = ({ policies }: Pick<Held, 'policies'>, name: string): string =>
  `kubectl wait --for=condition=Approved accessrequest/${name} --timeout=${strictestLimits(policies).pendingTTLSeconds}s`
