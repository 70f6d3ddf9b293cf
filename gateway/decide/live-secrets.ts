import type { KubeClient } from '../../kube/client.ts'

export type LiveSecret = {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly data?: { readonly [key: string]: string }
}

/** Secrets as they are stored at this moment, where what an informer knew a moment ago is not enough. */
export type LiveSecrets = {
  /** @throws StatusError when it cannot be told */
  find(namespace: string, name: string): Promise<LiveSecret | undefined>
  /** Values of the Secrets that hold Helm releases: of all in a namespace, or of the revisions of one. */
  releases(namespace: string, release?: string): Promise<readonly Buffer[]>
}

type List = { readonly items: readonly LiveSecret[] }

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
/** helm keeps ten revisions of a release. */
const MAX_RELEASES = 200

/** As the gateway, which may list Secrets. */
export function createLiveSecrets(client: KubeClient): LiveSecrets {
  const list = async (namespace: string, query: { readonly [name: string]: string }): Promise<readonly LiveSecret[]> =>
    (await client.json<List>({ method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets`, query })).items
  return {
    find: async (namespace, name) => {
      if (!NAME.test(namespace) || !NAME.test(name)) return undefined
      const found = await list(namespace, { fieldSelector: `metadata.name=${name}` })
      return found.find(({ metadata }) => metadata.name === name)
    },
    releases: async (namespace, release) => {
      if (!NAME.test(namespace) || (release !== undefined && !/^[A-Za-z0-9._-]{1,63}$/.test(release))) return []
      const labelSelector = release === undefined ? 'owner=helm' : `owner=helm,name=${release}`
      const found = await list(namespace, { labelSelector, limit: String(MAX_RELEASES) })
      return found.flatMap(({ data }) => (data?.['release'] === undefined ? [] : [Buffer.from(data['release'], 'base64')]))
    },
  }
}
