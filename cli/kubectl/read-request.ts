import type { AccessRequest } from '../../domain/api/access-request.ts'
import { requestPath } from './paths.ts'
import type { IO } from '../terminal/io.ts'

type Named = { readonly metadata: { readonly name: string } }

/** What the server gives under a name that we chose or asked for has that name, whatever its answer says: a gateway may mask answers. */
export const underName = <Object extends Named>(object: Object, name: string): Object => ({ ...object, metadata: { ...object.metadata, name } })

/** @throws KubectlError */
export async function readRequest(io: IO, name: string): Promise<AccessRequest> {
  return underName(await io.kubectl.get<AccessRequest>(requestPath(name)), name)
}

/** Whether it can be the name of an object; a masked one cannot. */
export const isName = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text)
