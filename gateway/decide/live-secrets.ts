import { ownCallError, type KubeClient } from '../../kube/client.ts'

export type LiveSecret = {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly data?: { readonly [key: string]: string }
}

/** Reads Secrets from kube-apiserver, for callers that need fresher data than an informer has. */
export type LiveSecrets = {
  /** Undefined when the Secret does not exist. @throws StatusError when it cannot be read */
  find(namespace: string, name: string): Promise<LiveSecret | undefined>
  /** Returns the values of Secrets that hold Helm releases: all in a namespace, or the revisions of one release. */
  releases(namespace: string, release?: string): Promise<readonly Buffer[]>
}

type List = { readonly items: readonly LiveSecret[] }

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
/** Maximum number of release Secrets to read. Helm keeps ten revisions of a release. */
const MAX_RELEASES = 200

/** Reads as the gateway, which may list Secrets. */
export function createLiveSecrets(client: KubeClient): LiveSecrets {
  const list = async (namespace: string, query: { readonly [name: string]: string }): Promise<readonly LiveSecret[]> => {
    try {
      return (await client.json<List>({ method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets`, query })).items
    } catch (error) {
      throw ownCallError(error, 'the gateway cannot read the Secret whose masked value is put back')
    }
  }
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
