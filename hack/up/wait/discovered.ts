import type { KubeClient } from '../../../kube/client.ts'

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

type Groups = {
  readonly items: readonly { readonly metadata?: { readonly name?: string }; readonly versions?: readonly { readonly freshness?: string }[] }[]
}

/**
 * Whether the discovery of kube-apiserver lists our API group. It lists a group a moment after its APIService is available; until then
 * kubectl knows no AccessPolicy.
 */
export async function isDiscovered(client: KubeClient): Promise<boolean> {
  const { items } = await client.json<Groups>({ method: 'GET', path: '/apis', headers: { accept: ACCEPT } })
  return items.find(({ metadata }) => metadata?.name === 'jit.access')?.versions?.[0]?.freshness === 'Current'
}
