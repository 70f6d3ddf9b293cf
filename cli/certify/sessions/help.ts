import { exitCodes } from '../help-codes.ts'

export const SESSIONS = `List what agents did, the latest first. A session is what one agent did without a pause of 30 minutes. You see your own sessions, those under policies that you
may certify, and with the verb "view" on accesssessions all.

Examples:
  kubectl certify sessions
  kubectl certify sessions --agent=oidc:ci --since=2d -o wide

  # What happened in one of them.
  kubectl certify replay NAME

Flags:
      --agent=NAME            only sessions of this user
      --policy=NAME           only sessions in which this policy decided
      --since=7d              only sessions that were active within this time; 7d by default
  -o, --output=wide|json|yaml|name

${exitCodes(6)}

Usage: kubectl certify sessions [flags]
`
