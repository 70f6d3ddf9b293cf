import { usage } from '../../terminal/exit-code.ts'
import type { Kubectl } from '../../kubectl/kubectl.ts'

type Config = { readonly clusters?: readonly { readonly cluster?: { readonly server?: unknown; readonly 'tls-server-name'?: unknown } }[] | null }

/** What a requester says about an operation. */
export type Words = { readonly [field: string]: unknown }

/**
 * The flags that make kubectl send its requests below the gateway's path prefix /ask, where operations are asked for and not run. They come last on
 * the command line, so that they win.
 * @throws CommandError when the kubeconfig names no server; KubectlError
 */
export async function askServerFlags(kubectl: Kubectl, words: Words): Promise<readonly string[]> {
  const config = JSON.parse(await kubectl.text(['config', 'view', '--minify', '-o', 'json'])) as Config
  const { server, 'tls-server-name': tlsName } = config.clusters?.[0]?.cluster ?? {}
  if (typeof server !== 'string' || !URL.canParse(server))
    throw usage('the kubeconfig names no server', 'use a kubeconfig that points to the gateway: --kubeconfig or --context')
  const { origin, pathname } = new URL(server)
  const said = Object.keys(words).length === 0 ? '' : `/spec/${Buffer.from(JSON.stringify(words)).toString('base64url')}`
  return [
    `--server=${origin}/ask${said}${pathname.replace(/\/$/, '')}`,
    // kubectl ignores the one of the kubeconfig when --server is given.
    ...(typeof tlsName === 'string' && tlsName !== '' ? [`--tls-server-name=${tlsName}`] : []),
  ]
}
