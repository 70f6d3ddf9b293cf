import type { AccessRequest } from '../../domain/api/access-request.ts'
import { requestPath } from './paths.ts'
import type { IO } from '../terminal/io.ts'

type Named = { readonly metadata: { readonly name: string } }

/** Restores the name that was requested or chosen: a gateway may have masked it in the response. */
export const underName = <Object extends Named>(object: Object, name: string): Object => ({ ...object, metadata: { ...object.metadata, name } })

/** @throws KubectlError */
export async function readRequest(io: IO, name: string): Promise<AccessRequest> {
  return underName(await io.kubectl.get<AccessRequest>(requestPath(name)), name)
}

/** Whether the text is a valid object name. A masked name is not. */
export const isName = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text)
