import { API_VERSION } from './names.ts'
import type { Of } from './schema.ts'
import type { Resource } from './object-meta.ts'

/** Entries of each list that describes a session. */
export const MAX_OF_RUN = { policies: 32, grants: 64, requests: 64, places: 128, terminals: 32, writers: 16 } as const

const time = (description: string) => ({ type: 'string', format: 'date-time', description }) as const
const count = (description: string) => ({ type: 'integer', format: 'int64', description, minimum: 0 }) as const
const names = (description: string) => ({ type: 'array', description, items: { type: 'string', description: 'A name.' } }) as const

export const accessSessionSpecSchema = {
  type: 'object',
  description: 'The agent. Set by the server; an AccessSession cannot be written.',
  required: ['session', 'username'],
  properties: {
    session: { type: 'string', description: 'Session in the records of the gateway: one identity of one issuer. Required.' },
    username: { type: 'string', description: 'User name of the agent. Empty when the records that name it were removed. Required.' },
    issuer: { type: 'string', description: "Issuer of the agent's token. Optional. Defaults to none: a ServiceAccount token, or it is not known." },
  },
} as const

const policySchema = {
  type: 'object',
  description: 'A policy that decided requests of the session.',
  required: ['name', 'namespaces'],
  properties: {
    name: { type: 'string', description: 'Name of the AccessPolicy. Required.' },
    namespaces: names('Namespaces of these requests; "" stands for the cluster scope. Required.'),
  },
} as const

const terminalSchema = {
  type: 'object',
  description: 'A terminal, which the subresource recording replays.',
  required: ['auditID', 'stream', 'openedAt'],
  properties: {
    auditID: { type: 'string', description: 'Audit ID of the request: the value of the query parameter stream. Required.' },
    stream: { type: 'string', enum: ['exec', 'attach'], description: 'Kind of the stream. Required.' },
    openedAt: time('Time at which the stream opened. Required.'),
    command: { type: 'string', description: 'Begin of the command. Optional. Defaults to none: the stream runs no command.' },
  },
} as const

export const accessSessionStatusSchema = {
  type: 'object',
  description: 'What the agent did, as the gateways recorded it.',
  properties: {
    phase: { type: 'string', enum: ['Active', 'Ended'], description: 'Active until the agent has done nothing for 30 minutes.' },
    startedAt: time('Time of the first event.'),
    lastActivityAt: time('Time of the last event.'),
    endedAt: time('Time of the last event of a session that has ended. Absent while the session is active.'),
    agent: {
      type: 'object',
      description: "The agent's own words, of its latest AccessRequest in the session. They are not verified. Absent when there are none.",
      properties: {
        name: { type: 'string', description: 'Name. Optional. Defaults to none.' },
        model: { type: 'string', description: 'Model. Optional. Defaults to none.' },
        session: { type: 'string', description: 'Session. Optional. Defaults to none.' },
        task: { type: 'string', description: 'Task. Optional. Defaults to none.' },
      },
    },
    requests: count('Requests that were forwarded to the cluster.'),
    refused: count('Requests that were refused and recorded.'),
    unrecorded: count('Requests that were refused and only counted: the agent sent too many.'),
    held: count('Operations for which an approval was requested.'),
    streams: count('Streams that were opened: exec, attach, port-forward, proxy, logs and watches.'),
    policies: { type: 'array', description: `Policies that decided the requests; the first ${MAX_OF_RUN.policies}.`, items: policySchema },
    grants: names(`AccessGrants that were used; the first ${MAX_OF_RUN.grants}. The events name the others.`),
    accessRequests: names(`AccessRequests for held operations; the first ${MAX_OF_RUN.requests}. The events name the others.`),
    terminals: {
      type: 'array',
      description: `Terminals, oldest first; at most ${MAX_OF_RUN.terminals}. The events have the others, and recording replays each.`,
      items: terminalSchema,
    },
    moreTerminals: count('Terminals that are not in terminals. Absent when there are none.'),
    gateways: names(`Hosts of the gateways that recorded the session; the first ${MAX_OF_RUN.writers}.`),
    truncated: names('Lists above that are longer than shown. The events have everything, page by page.'),
    complete: {
      type: 'boolean',
      description: 'Whether every gateway answered. False: a part of the session may be missing.',
    },
  },
} as const

export type AccessSessionSpec = Of<typeof accessSessionSpecSchema>
export type AccessSessionStatus = Of<typeof accessSessionStatusSchema>
/** What one agent did without a pause of 30 minutes. Read from the records of the gateways and never stored. */
export type AccessSession = Resource<AccessSessionSpec, AccessSessionStatus>

/** A gateway whose records of a session could not be read, and why. */
export type MissingGateway = { readonly gateway: string; readonly message: string }

/** Path of the collection. */
export const SESSIONS_PATH = `/apis/${API_VERSION}/accesssessions`
