/** The three servers. Each has the Deployment, Service and ServiceAccount `jit-NAME`, and `NAME/main.ts`. */
export const PARTS = ['gateway', 'apiserver', 'webhook'] as const
export type Part = (typeof PARTS)[number]

export type Reached = { readonly url: string; readonly metricsUrl: string }

/** The running servers, as pods or as processes. */
export type Servers = {
  readonly reached: { readonly [part in Part]: Reached }
  /** Pids, or `NAMESPACE/POD`. */
  processes(): Promise<{ readonly [part in Part]: number | string }>
  /** Calls back after a server was restarted, here or as another pod. */
  onChange(listener: () => void): void
  /** What to show if they do not become ready. */
  trouble(): Promise<string>
}
