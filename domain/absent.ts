import { StatusError } from './status-error.ts'

/** An object as the details of a Status name it. `resource`: the plural, for example `accessgrants`. */
export type NamedObject = { readonly resource: string; readonly name: string }

/**
 * Whether an API server says that this object does not exist. Any other 404 says nothing about the object: kube-apiserver does not serve the API now, or a proxy
 * does not know the path.
 */
export const saysAbsent = (error: unknown, { resource, name }: NamedObject): boolean =>
  error instanceof StatusError && error.reason === 'NotFound' && error.details?.kind === resource && error.details.name === name
