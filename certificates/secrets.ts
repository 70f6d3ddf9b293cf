import { saysAbsent } from '../domain/status-error.ts'
import type { KubeClient } from '../kube/client.ts'

export type SecretData = { readonly [key: string]: string }
export type StoredSecret = { readonly data: SecretData; readonly resourceVersion: string }

const FIELD_MANAGER = 'jit-certificates'
const pathOf = (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/secrets/${name}`

/** Undefined when the Secret does not exist. @throws StatusError for every other failure */
export async function readSecret(client: KubeClient, namespace: string, name: string): Promise<StoredSecret | undefined> {
  try {
    const secret = await client.json<{ readonly metadata: { readonly resourceVersion: string }; readonly data?: SecretData }>({
      method: 'GET',
      path: pathOf(namespace, name),
    })
    return { data: secret.data ?? {}, resourceVersion: secret.metadata.resourceVersion }
  } catch (error) {
    if (saysAbsent(error, { resource: 'secrets', name })) return undefined
    throw error
  }
}

export type SecretWrite = {
  readonly namespace: string
  readonly name: string
  readonly type: 'Opaque' | 'kubernetes.io/tls'
  readonly data: SecretData
  /** Version that was read before; a write in between causes a conflict. Optional. Omit it if the Secret does not exist. */
  readonly resourceVersion?: string
}

/**
 * Creates or replaces a Secret by server-side apply. The path has the name of the Secret, so RBAC can restrict even creation by name.
 * @throws StatusError Conflict when another client wrote first
 */
export async function writeSecret(client: KubeClient, { namespace, name, type, data, resourceVersion }: SecretWrite): Promise<void> {
  await client.json({
    method: 'PATCH',
    path: pathOf(namespace, name),
    query: { fieldManager: FIELD_MANAGER, force: 'true' },
    contentType: 'application/apply-patch+yaml', // JSON is YAML
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace,
        labels: { 'app.kubernetes.io/part-of': 'jit-access' },
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      type,
      data,
    },
  })
}
