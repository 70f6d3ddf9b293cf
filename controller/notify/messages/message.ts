import { policyMessageOf, type PolicyHappened, type PolicyMessage } from './policy-message.ts'
import { requestMessageOf, type RequestHappened, type RequestMessage } from './request-message.ts'
import { suspensionMessageOf, type SuspensionHappened, type SuspensionMessage } from './suspension-message.ts'

/** One event of one object, for every type of channel. */
export type NotificationMessage = RequestMessage | SuspensionMessage | PolicyMessage
export type Happened = RequestHappened | SuspensionHappened | PolicyHappened

export function messageOf(happened: Happened, nowMs: number, consoleURL?: string): NotificationMessage {
  switch (happened.kind) {
    case 'AccessRequest':
      return requestMessageOf(happened, nowMs, consoleURL)
    case 'AccessSuspension':
      return suspensionMessageOf(happened)
    case 'AccessPolicy':
      return policyMessageOf(happened)
  }
}
