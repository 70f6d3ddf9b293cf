import { exitCodes } from '../help-codes.ts'

export const HISTORY = `List requests that were decided or expired, newest first: what became of each, who decided, what its grant gave, and the reason.
The server keeps them for 7 days after they ended. At most 500 are shown.

Examples:
  # What this agent asked before.
  kubectl certify history --requester=oidc:agent

  # What you decided yourself today.
  kubectl certify history --mine --since=1d

Flags:
      --requester=NAME        only requests of this user
      --policy=NAME           only requests under this policy
      --mine                  only requests that you approved or denied
      --since=7d              only requests that ended in this time; 7d by default
  -o, --output=wide|json|yaml|name

${exitCodes(6)}

Usage: kubectl certify history [flags]
`
