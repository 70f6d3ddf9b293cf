import { DEFAULT_CHANNEL_SECRET, type SecretKey } from '../../domain/api/notifications/notification-channel.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import { DeliveryError } from './channels/channel.ts'

export type ReadSecret = (key: SecretKey) => Promise<string>

/** A credential ends before a line break at its end, which editors add. */
const trimmed = (bytes: Buffer): string => bytes.toString('utf8').replace(/[\r\n]+$/, '')

/**
 * Reads a key of a Secret in one namespace, at each call: a new value holds at once, and nothing is kept in memory. A failure names the Secret and the key,
 * never a value. @throws DeliveryError
 */
export function createSecretReader(client: KubeClient, namespace: string): ReadSecret {
  return async ({ name = DEFAULT_CHANNEL_SECRET, key }) => {
    const which = `key ${key} of Secret ${namespace}/${name}`
    try {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`
      const { data = {} } = await client.json<{ readonly data?: { readonly [key: string]: string } }>({ method: 'GET', path })
      const value = Object.hasOwn(data, key) ? trimmed(Buffer.from(data[key] ?? '', 'base64')) : ''
      if (value === '') throw new DeliveryError('Unready', `${which} is missing`)
      if (/[^\x20-\x7e]/.test(value)) throw new DeliveryError('Unready', `${which} has characters that are not printable ASCII`)
      return value
    } catch (error) {
      if (error instanceof DeliveryError) throw error
      const answer = error instanceof StatusError ? `kube-apiserver answered ${error.code}` : 'kube-apiserver cannot be asked'
      throw new DeliveryError('Unready', `${which} cannot be read: ${answer}`)
    }
  }
}
