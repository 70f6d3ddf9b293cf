import { exitCodes } from '../help-codes.ts'

export const GRANTS = `List live grants, those that end first at the top: whose they are, what they give, their uses and when they end.

Examples:
  kubectl certify grants
  kubectl certify grants --requester=oidc:agent -o wide

  # End all grants under a policy; lists them and asks first.
  kubectl certify revoke --policy=coding-agents --reason='incident 17'

Flags:
      --all                   ended grants as well, as long as the server keeps them
      --requester=NAME        only grants of this user
      --policy=NAME           only grants under this policy
  -o, --output=wide|json|yaml|name

${exitCodes(6)}

Usage: kubectl certify grants [flags]
`
