import type { KubeClient } from '../kube/client.ts'

type ApiService = { readonly spec: { readonly caBundle?: string } }
type WebhookConfiguration = { readonly webhooks?: readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[] }

/** Sets the CA bundle with which kube-apiserver verifies the server of an API. `bundle` is base64 of PEM. Returns whether it changed. */
export async function injectIntoApiService(client: KubeClient, name: string, bundle: string): Promise<boolean> {
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/${name}`
  const found = await client.json<ApiService>({ method: 'GET', path })
  if (found.spec.caBundle === bundle) return false
  await client.json({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { spec: { caBundle: bundle } } })
  return true
}

/** Does the same for each webhook of a configuration. The JSON Patch `test` operations fail if a webhook has moved since it was read. */
export async function injectIntoWebhooks(client: KubeClient, name: string, bundle: string): Promise<boolean> {
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`
  const { webhooks = [] } = await client.json<WebhookConfiguration>({ method: 'GET', path })
  const body = webhooks.flatMap((webhook, index) =>
    webhook.clientConfig.caBundle === bundle
      ? []
      : [
          { op: 'test', path: `/webhooks/${index}/name`, value: webhook.name },
          { op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: bundle },
        ],
  )
  if (body.length === 0) return false
  await client.json({ method: 'PATCH', path, contentType: 'application/json-patch+json', body })
  return true
}
