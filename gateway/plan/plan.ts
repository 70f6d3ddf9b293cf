import type { Operation } from '../../domain/api/rules.ts'
import type { ApiServers } from '../../kube/api-servers.ts'
import type { WrittenSecrets } from '../mask/values/written-secrets.ts'
import type { Held, Masking, Upstream } from '../ports.ts'
import type { Drawer } from './drawing/drawer.ts'
import type { Identified } from './drawing/draw.ts'

/** An operation that an approver is, or was, asked about. */
export type Planned = Pick<Held, 'asked' | 'outgoing' | 'sends' | 'decision' | 'policies' | 'digest' | 'mayRead'>

export type PlanDependencies = {
  readonly upstream: Upstream
  readonly masking: Masking
  readonly written: WrittenSecrets
  readonly drawer: Drawer
  readonly servers: ApiServers
}

/** What an operation would do now. */
export type Plan = {
  /**
   * The hashes that name this plan; an approval of any of them is one of this plan. The first is the one that an AccessRequest keeps: it
   * tells whoever reads it nothing that the agent may not read.
   */
  readonly hashes: readonly [string, ...string[]]
  /** The objects that it is about. Empty: it makes one, or they cannot be read. */
  readonly targets: readonly Identified[]
  /** For approvers. */
  readonly shown: Pick<Operation, 'diff' | 'body' | 'dryRun' | 'dryRunMessage' | 'cut' | 'planReaders'>
}
