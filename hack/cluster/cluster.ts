import type { Issuer } from './control-plane/authentication.ts'
import type { NodeKind } from './binaries.ts'
import type { Routing } from './control-plane/control-plane.ts'

export type ClusterOptions = {
  /** Created by the cluster, and removed with its whole content on stop. Must not exist, or be empty. */
  readonly dir: string
  /** Defaults to real containers if this machine can run them, else simulated. */
  readonly nodeKind?: NodeKind
  /** Defaults to on with a real node and off without. */
  readonly routing?: Routing
  /** Image tars that are loaded into the node before `startCluster` returns. */
  readonly images?: readonly string[]
  /** Issuers accepted from the start, if they are reachable then; a later `setIssuers` takes 10 seconds to apply. */
  readonly issuers?: readonly Issuer[]
  /** Folder with admission policies that kube-apiserver reads from disk (Kubernetes >= 1.37). Absent: none. */
  readonly staticAdmissionDir?: string
  readonly cacheDir: string
  readonly assetsDir?: string
  /** Receives progress, one line at a time. */
  readonly say: (line: string) => void
  /** Aborts a boot in progress, which then leaves nothing behind. */
  readonly signal?: AbortSignal
}

/** A running cluster. Files below `dir`: admin.kubeconfig, audit.log, pki/, and NAME.log of each component. */
export type Cluster = {
  readonly url: string
  readonly version: string
  readonly caFile: string
  /** A kubeconfig in the group system:masters. */
  readonly adminKubeconfig: string
  readonly auditLogFile: string
  /** The CA of the client certificate that kube-apiserver presents to webhooks. */
  readonly webhookClientCAFile: string
  readonly nodeKind: NodeKind
  readonly routing: Routing
  /** This machine's address as pods see it, and the node's as this machine sees it. Both are 127.0.0.1 without a real node. */
  readonly hostIP: string
  readonly nodeIP: string
  /** Contains kubectl. */
  readonly binDir: string
  readonly dir: string
  /** Name → pid of each running component. */
  processes(): { readonly [name: string]: number }
  /**
   * Accepts only these issuers from now on, without a restart. kube-apiserver checks twice, 10 seconds apart, whether it can reach them
   * before it switches over. Resolves when the file is written.
   */
  setIssuers(issuers: readonly Issuer[]): Promise<void>
  /** Loads an image (a tar in `docker save` or OCI form) into the node. @throws without a real node */
  importImage(tar: string): Promise<void>
  /** Runs a command inside the node, with `ctr` and `runc` on PATH, and returns its output. @throws without a real node */
  runInNode(argv: readonly string[]): Promise<string>
  /** Kills a component with SIGKILL and waits until it has exited. */
  kill(name: string): Promise<void>
  /** Starts a killed component again. For kube-apiserver, also waits until it is ready. */
  restart(name: string): Promise<void>
  /** Stops and removes everything. Safe to call repeatedly. */
  stop(): Promise<void>
}
