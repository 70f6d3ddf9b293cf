import { exitCodes } from '../help-codes.ts'

export const TRANSFER = `Give a part of your own grant to another agent, if your policies name it as a receiver. It never gives more than you have, or for longer; its uses are
taken from yours, and it ends when yours ends.

Examples:
  # All of it, until it ends.
  kubectl certify transfer patch-deployments-web-1f0c9a2e --to=oidc:sub-agent

  # One use of one object, for five minutes.
  kubectl certify transfer patch-deployments-web-1f0c9a2e --to=oidc:sub-agent --name=web --uses=1 --duration=5m

Flags:
      --to=USER               the user that receives it, as its WhoAmI names it
      --verb, --resource, --namespace, --name
                              only these of the rules (default: all)
      --duration=5m           end it earlier than your grant
      --uses=1                fewer uses than you have left
  -o, --output=json|yaml|name

${exitCodes(4, 6)}

Usage: kubectl certify transfer GRANT --to=USER [flags]
`
