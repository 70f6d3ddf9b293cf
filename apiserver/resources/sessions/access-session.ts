import { accessSessionSpecSchema, accessSessionStatusSchema, type AccessSession } from '../../../domain/api/access-session.ts'
import { escapedLine } from '../../../domain/api/plain-text.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Column, Kind } from '../../machinery/kind.ts'
import { nameColumn, span } from '../columns.ts'
import { asSession } from '../typed.ts'
import { visibilityOfSessions, type VisibilityDependencies } from '../visibility.ts'

const never = (): never => {
  throw new StatusError('MethodNotAllowed', 'an AccessSession is read from records and cannot be changed')
}

type Counted = 'requests' | 'refused' | 'held' | 'streams'
const countColumn = (name: string, field: Counted, description: string): Column => ({
  name,
  type: 'integer',
  priority: 0,
  description,
  value: (object) => asSession(object).status?.[field] ?? 0,
})

const lasted = ({ status }: AccessSession): string =>
  status?.startedAt === undefined || status.lastActivityAt === undefined ? '' : span(Date.parse(status.lastActivityAt) - Date.parse(status.startedAt))

/** What an agent did, from the records of the gateways. */
export function accessSessionKind(deps: VisibilityDependencies): Kind {
  return {
    resource: 'accesssessions',
    singular: 'accesssession',
    kind: 'AccessSession',
    shortNames: ['asession'],
    description: 'What an agent did without a pause of 30 minutes. Read from the records of the gateways; it exists as long as they do.',
    spec: accessSessionSpecSchema,
    status: accessSessionStatusSchema,
    verbs: ['get', 'list'],
    fields: {
      'spec.username': (object) => asSession(object).spec.username,
      'status.phase': (object) => asSession(object).status?.phase ?? '',
    },
    columns: [
      nameColumn,
      {
        name: 'User',
        type: 'string',
        priority: 0,
        description: 'User name of the agent.',
        value: (object) => escapedLine(asSession(object).spec.username),
      },
      {
        name: 'Phase',
        type: 'string',
        priority: 0,
        description: 'Whether the session has ended.',
        value: (object) => asSession(object).status?.phase ?? '',
      },
      {
        name: 'Last Activity',
        type: 'string',
        priority: 0,
        description: 'Time since the last event.',
        value: (object, nowMs) => span(Math.max(0, nowMs - Date.parse(asSession(object).status?.lastActivityAt ?? ''))),
      },
      {
        name: 'Lasted',
        type: 'string',
        priority: 0,
        description: 'Time from the first to the last event.',
        value: (object) => lasted(asSession(object)),
      },
      countColumn('Requests', 'requests', 'Requests that were forwarded.'),
      countColumn('Refused', 'refused', 'Requests that were refused.'),
      countColumn('Held', 'held', 'Operations for which an approval was requested.'),
      countColumn('Streams', 'streams', 'Streams that were opened.'),
      {
        name: 'Policies',
        type: 'string',
        priority: 1,
        description: 'Policies that decided the requests.',
        value: (object) => (asSession(object).status?.policies ?? []).map(({ name }) => escapedLine(name)).join(','),
      },
    ],
    strategy: { create: never, update: never, validate: () => [], present: (object) => object },
    visibilityOf: visibilityOfSessions(deps),
    subresources: [
      { name: 'events', verbs: ['get'], kind: 'AccessSessionEvents', apply: never },
      { name: 'recording', verbs: ['get'], kind: 'AccessSessionRecording', apply: never },
    ],
  }
}
