import { exitCodes } from '../help-codes.ts'

export const SUSPEND_HELP = `Stop agents at once: every request of theirs is refused, and their open streams and waiting operations end. Needs the ClusterRole
jit-suspender. Lasts until somebody lifts it with "kubectl certify resume".

Examples:
  # One agent, as kubectl auth whoami or the list of requests names it.
  kubectl certify suspend --agent=oidc:ci-bot --reason='it deletes too much'

  # The agents of one policy, or all agents.
  kubectl certify suspend --policy=coding-agents --reason='incident 4711'
  kubectl certify suspend --all --reason='incident 4711'

Flags:
      --agent=NAME                      a user name; repeat for several
      --group=NAME                      a group; repeat for several
      --serviceaccount=NAMESPACE/NAME   a ServiceAccount; repeat for several
      --policy=NAME                     every agent that the AccessPolicy governs
      --all                             every agent
      --reason=TEXT                     reason, shown to the agents; required
  -o, --output=json|yaml|name

${exitCodes(6)}

Usage: kubectl certify suspend (--agent=NAME | --group=NAME | --serviceaccount=NAMESPACE/NAME | --policy=NAME | --all) --reason=TEXT [flags]
`

export const RESUME_HELP = `Lift suspensions, so that the agents can continue. The reason is stored and recorded.

Examples:
  kubectl get accesssuspensions
  kubectl certify resume suspend-x7k2p --reason='the loop is fixed'

Flags:
      --reason=TEXT           reason; required
  -o, --output=json|yaml|name

${exitCodes(6, 10)}

Usage: kubectl certify resume NAME... --reason=TEXT [flags]
`
