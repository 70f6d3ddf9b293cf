import { GROUP } from '../../../domain/api/names.ts'
import { invalid, StatusError, type StatusCause, type StatusDetails } from '../../../domain/status-error.ts'
import type { Kind } from '../kind.ts'

const detailsOf = (kind: Kind, name: string): StatusDetails => ({ name, group: GROUP, kind: kind.resource })

export const notFound = (kind: Kind, name: string): StatusError =>
  new StatusError('NotFound', `${kind.resource}.${GROUP} "${name}" not found`, { details: detailsOf(kind, name) })

export const alreadyExists = (kind: Kind, name: string): StatusError =>
  new StatusError('AlreadyExists', `${kind.resource}.${GROUP} "${name}" already exists`, { details: detailsOf(kind, name) })

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again'

export const conflict = (kind: Kind, name: string, why = MODIFIED): StatusError =>
  new StatusError('Conflict', `Operation cannot be fulfilled on ${kind.resource}.${GROUP} "${name}": ${why}`, { details: detailsOf(kind, name) })

export const fieldError = (kind: Kind, name: string, cause: StatusCause): StatusError => invalid(kind.kind, name, [cause])
