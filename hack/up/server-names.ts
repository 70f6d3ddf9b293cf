import type { Target } from './pods/tcp-relay.ts'

/** The servers that clients call. Each has the Deployment (login has the StatefulSet), Service and ServiceAccount `jit-NAME`, and `NAME/main.ts`. */
export const PARTS = ['gateway', 'apiserver', 'webhook', 'console', 'login'] as const
export type Part = (typeof PARTS)[number]

/** All servers. Nobody calls the controller, so it has neither a Service nor a certificate. */
export const SERVERS = [...PARTS, 'controller'] as const
export type Server = (typeof SERVERS)[number]

export type Reached = { readonly url: string; readonly metricsUrl: string }

/** The running servers, as pods or as processes. */
export type Servers = {
  /** Where login listens; clients use its URL, which is another address. */
  readonly login: Target
  readonly reached: { readonly [part in Part]: Reached } & { readonly controller: Pick<Reached, 'metricsUrl'> }
  /** Pids, or `NAMESPACE/POD`. */
  processes(): Promise<{ readonly [server in Server]: number | string }>
  /** Calls back after a server was restarted, here or as another pod. */
  onChange(listener: () => void): void
  /** What to show if they do not become ready. */
  trouble(): Promise<string>
}
