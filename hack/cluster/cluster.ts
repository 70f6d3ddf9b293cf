import type { Issuer } from './authentication.ts'
import type { NodeKind } from './binaries.ts'
import type { Routing } from './control-plane.ts'

export type ClusterOptions = {
  /** Made by the cluster, and removed with all that is in it when it stops. Must not exist, or be empty. */
  readonly dir: string
  /** Left out: real containers where this machine can, else simulated. */
  readonly nodeKind?: NodeKind
  /** Left out: on with a real node, off without. */
  readonly routing?: Routing
  /** Image tars that the node has when `startCluster` returns. */
  readonly images?: readonly string[]
  /** Whose tokens kube-apiserver believes from the start, when they can be reached then; `setIssuers` later takes 10 seconds. */
  readonly issuers?: readonly Issuer[]
  /** Folder with admission policies that kube-apiserver reads from disk (Kubernetes >= 1.37). Left out: none. */
  readonly staticAdmissionDir?: string
  readonly cacheDir: string
  readonly assetsDir?: string
  /** Told of progress, a line at a time. */
  readonly say: (line: string) => void
  /** Ends a boot that is under way; it then leaves nothing behind. */
  readonly signal?: AbortSignal
}

/** A running cluster. Files are below `dir`: admin.kubeconfig, audit.log, pki/, NAME.log of each component. */
export type Cluster = {
  readonly url: string
  readonly version: string
  readonly caFile: string
  /** A kubeconfig of the group system:masters. */
  readonly adminKubeconfig: string
  readonly auditLogFile: string
  /** kube-apiserver shows webhooks a client certificate that this authority signed. */
  readonly webhookClientCAFile: string
  readonly nodeKind: NodeKind
  readonly routing: Routing
  /** This machine as pods see it, and the node as this machine sees it; both 127.0.0.1 without a real node. */
  readonly hostIP: string
  readonly nodeIP: string
  /** Has kubectl. */
  readonly binDir: string
  readonly dir: string
  /** Name → pid of what runs now. */
  processes(): { readonly [name: string]: number }
  /**
   * From now on only these issuers are believed, without a restart. kube-apiserver looks twice whether it can reach them, 10
   * seconds apart, before it changes over; resolves when the file is written.
   */
  setIssuers(issuers: readonly Issuer[]): Promise<void>
  /** Loads an image (a tar of `docker save` or OCI form) into the node. @throws without a real node */
  importImage(tar: string): Promise<void>
  /** Runs a command inside the node, with `ctr` and `runc` on PATH, and gives its output. @throws without a real node */
  runInNode(argv: readonly string[]): Promise<string>
  /** Kills a component (SIGKILL) and waits for its end. */
  kill(name: string): Promise<void>
  /** Starts a killed component again; for kube-apiserver, waits until it is ready. */
  restart(name: string): Promise<void>
  /** Ends and removes everything. Safe to repeat. */
  stop(): Promise<void>
}
