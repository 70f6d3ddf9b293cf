import type { Operation } from '../../domain/api/rules.ts'
import type { ApiServers } from '../../kube/api-servers.ts'
import type { WrittenSecrets } from '../mask/values/written-secrets.ts'
import type { Held, Masking, UpstreamClient } from '../ports.ts'
import type { PlanRenderer } from './render/plan-renderer.ts'
import type { Identified } from './render/render-plan.ts'

/** An operation whose approval is or was requested. */
export type Planned = Pick<Held, 'asked' | 'outgoing' | 'sends' | 'decision' | 'policies' | 'digest' | 'mayRead'>

export type PlanDependencies = {
  readonly upstream: UpstreamClient
  readonly masking: Masking
  readonly written: WrittenSecrets
  readonly renderer: PlanRenderer
  readonly servers: ApiServers
}

/** What an operation would change now. */
export type Plan = {
  /**
   * The hashes that identify this plan. An approval of any of them approves the plan. The first one is stored in the AccessRequest. It
   * reveals nothing that the agent may not read.
   */
  readonly hashes: readonly [string, ...string[]]
  /** The objects that the operation changes. Empty if it creates one, or if they cannot be read. */
  readonly targets: readonly Identified[]
  /** For approvers. */
  readonly shown: Pick<Operation, 'diff' | 'body' | 'dryRun' | 'dryRunMessage' | 'cut' | 'planReaders'>
}
