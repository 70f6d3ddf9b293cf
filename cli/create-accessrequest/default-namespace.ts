import { KubectlError } from '../kubectl/kubectl-error.ts'
import type { IO } from '../terminal/io.ts'

/** The file in a pod that holds its namespace. */
const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/** The namespace of the kubeconfig context. Empty when the context sets none or there is no context (--server, in-cluster). */
async function namespaceOfContext({ kubectl }: IO): Promise<string> {
  try {
    return (await kubectl.text(['config', 'view', '--minify', '-o', 'jsonpath={.contexts[0].context.namespace}'])).trim()
  } catch (error) {
    if (error instanceof KubectlError && error.message.includes('current-context must exist')) return ''
    throw error
  }
}

async function namespaceOfPod({ read }: IO): Promise<string> {
  try {
    return (await read(IN_CLUSTER)).trim()
  } catch {
    return '' // not in a pod
  }
}

/** As kubectl: the namespace of the context, else of the pod it runs in, else `default`. Looked up at most once. */
export function defaultNamespaceOf(io: IO): () => Promise<string> {
  const find = async (): Promise<string> => (await namespaceOfContext(io)) || (await namespaceOfPod(io)) || 'default'
  let found: Promise<string> | undefined
  return async () => await (found ??= find())
}
