import { exitCodes } from './help-codes.ts'
import { COMPLETION } from './completion.ts'
import { GRANTS } from './grants/help.ts'
import { LOGIN_HELP } from './login/help.ts'
import { TRANSFER } from './transfer/help.ts'
import { HISTORY } from './history/help.ts'
import { EXPLAIN, POLICY } from './policies/help.ts'
import { WHO_CAN } from './who-can.ts'
import { REVIEW_HELP, REVIEWS_HELP } from './break-glass/help.ts'
import { SESSIONS } from './sessions/help.ts'
import { REPLAY } from './records/help.ts'
import { KEYS_HELP } from './keys/help.ts'
import { RESUME_HELP, SUSPEND_HELP } from './suspend/help.ts'

export const CERTIFY_HELP = `Decide on the requests of agents: list pending requests, approve all or less, deny with a reason, revoke, and review records.

Examples:
  # List the requests that wait for you.
  kubectl certify
  kubectl certify --watch

  # Review a request, then decide.
  kubectl certify show patch-deployments-web-1f0c9a2e
  kubectl certify approve patch-deployments-web-1f0c9a2e --duration=5m --uses=1 --reason='go ahead'
  kubectl certify deny patch-deployments-web-1f0c9a2e --reason='not during the sale'

  # End a grant immediately; open streams that depend on it end too.
  kubectl certify revoke patch-deployments-web-1f0c9a2e --reason='enough seen'

  # Stop all agents, at once.
  kubectl certify suspend --all --reason='incident 4711'

  # Check that the installation is secure and works.
  kubectl certify doctor

  # Verify that the records were not modified, and see what an agent did.
  kubectl certify verify ./records
  kubectl certify replay --records ./records

Commands:
  (none)    list the requests that wait for you
  show      show who requests what exactly, and what approving does
  approve   grant a request, or part of it
  deny      deny a request, with a reason
  revoke    end grants
  grants    list live grants
  history   list what was decided before
  who-can   say who could approve a request
  explain   say what a policy does to a request, rule by rule
  policy lint
            find what is wrong with a policy
  reviews   list the uses of break-glass that are not reviewed
  review    decide whether a use of break-glass was justified
  keys      list, confirm and end the passkeys of approvers
  suspend   stop one agent, the agents of a policy, or all agents, at once
  resume    lift a suspension
  withdraw  withdraw your own request, as a requester
  transfer  give a part of your own grant to another agent
  login     sign in at an OpenID Connect provider, as a credential plugin
  doctor    check that the installation is secure and works
  policy-rbac
            print the RBAC that a policy, or an additional kind under it, needs
  verify    check the hash chain of the records
  sessions  list what agents did
  replay    show an agent's session, from the cluster or from a folder of records
  completion
            print a completion script for a shell

Flags of the list:
  -n, --namespace=NAMESPACE   only requests that concern this namespace
  -w, --watch                 keep running and print new requests as they arrive
  -o, --output=wide|json|yaml|name
      --context, --kubeconfig, --as, … as for kubectl. Put flags after "certify", never before it.

${exitCodes(3, 4, 6, 7, 8, 9, 10, 11)}

Usage: kubectl certify [COMMAND] [flags]
`

const SHOW = `Show requests in full: the requester (verified by the server), the requested access, the exact operation and its diff, and what
approving does. What the agent says about itself is shown separately and is not verified.

Examples:
  kubectl certify show patch-deployments-web-1f0c9a2e
  kubectl certify show patch-deployments-web-1f0c9a2e -o yaml

Flags:
      --uid=UID               only if the request has this UID, as a notification names it
  -o, --output=json|yaml|name

${exitCodes(6)}

Usage: kubectl certify show NAME... [flags]
`

const APPROVE = `Approve requests. On a terminal, each request is shown and must be confirmed; with --yes or without a terminal it is not.
You can approve less than was requested, never more. Repeating is safe: an earlier approval of yours stays unchanged.
An approval cannot be narrowed later: revoke its grant, and approve less of a new request.

Examples:
  kubectl certify approve patch-deployments-web-1f0c9a2e --reason='go ahead'

  # For less time, and one request only.
  kubectl certify approve patch-deployments-web-1f0c9a2e --duration=5m --uses=1

  # Everything of low risk that waits for you.
  kubectl certify approve --all --max-risk=Low

  # Only one of the requested namespaces, and one of the requested names.
  kubectl certify approve get-pods-log-77aa01c3 -n shop --name=web-0

Flags:
      --duration=5m           grant access for at most this long, starting now
      --uses=1                grant at most this many requests
      --verb, --resource, -n/--namespace, --name
                              only these of the requested values; repeat or separate with commas
      --reason=TEXT           reason, shown to the agent
      --uid=UID               only if the request has this UID, which show prints; needed with --yes or without a terminal when
                              another request had this name and was deleted
      --all                   all requests that wait for you and match the selectors below, instead of names; lists them and asks once
      --requester=NAME, --policy=NAME, --max-risk=Low|Medium|High, -n/--namespace=NAMESPACE
                              with --all: the selectors, at least one
  -y, --yes                   do not ask for confirmation
      --unseen                approve even if the plan is too long to be shown completely
  -o, --output=json|yaml|name

${exitCodes(3, 4, 6, 9, 10, 11)}

Usage: kubectl certify approve NAME... [flags]
       kubectl certify approve --all --requester=NAME|--policy=NAME|--max-risk=RISK|--namespace=NAMESPACE [flags]
`

const DENY = `Deny requests. The agent receives the reason: say what it should do instead.

Examples:
  kubectl certify deny delete-deployments-keep-0b1d22f9 --reason='it still serves customers; scale it to 0 first'

Flags:
      --reason=TEXT           reason, shown to the agent; required
      --uid=UID               only if the request has this UID, which show prints; needed when another request had this name and was
                              deleted
      --all                   all requests that wait for you and match the selectors below, instead of names; lists them and asks once
      --requester=NAME, --policy=NAME, --max-risk=Low|Medium|High, -n/--namespace=NAMESPACE
                              with --all: the selectors, at least one
  -y, --yes                   do not ask for confirmation
  -o, --output=json|yaml|name

${exitCodes(4, 6, 9, 10)}

Usage: kubectl certify deny NAME... --reason=TEXT [flags]
       kubectl certify deny --all --requester=NAME|--policy=NAME|--max-risk=RISK|--namespace=NAMESPACE --reason=TEXT [flags]
`

const REVOKE = `End grants immediately. Requests that they covered are refused, and open streams end within a second.

Examples:
  kubectl certify grants
  kubectl certify revoke patch-deployments-web-1f0c9a2e --reason='enough seen'

Flags:
      --reason=TEXT           reason for the revocation
      --requester=NAME        the live grants of this user, instead of names; lists them and asks
      --policy=NAME           the live grants under this policy, instead of names; lists them and asks
  -y, --yes                   do not ask for confirmation
  -o, --output=json|yaml|name

${exitCodes(4, 6, 10)}

Usage: kubectl certify revoke GRANT... [flags]
       kubectl certify revoke --requester=NAME|--policy=NAME [flags]
`

const VERIFY = `Check the hash chain of a folder of records. Reports changed, dropped, moved and inserted lines, and lines cut from a file that a
later file refers to. Does not need a cluster.

Lines cut from the very end and a completely forged folder cannot be detected, because the chain has no key. Keep the last hash that
is printed in another place and pass it next time: then both are detected.

Examples:
  kubectl certify verify ./records
  kubectl certify verify ./records --last-hash=9f2b…64 hex digits

Flags:
      --last-hash=HASH        hash of a line, kept elsewhere, that must be in the records
      --earlier-removed       the oldest files were removed on purpose: do not report them as missing
  -o, --output=json

${exitCodes(7)}

Usage: kubectl certify verify DIR [flags]
`

const DOCTOR = `Check an installation, as a cluster admin: servers and certificates, the API, the webhook and the admission policy (tried with a dry run as an
agent that RBAC allows everything), each policy, and who can bypass jit-access. Names Secrets whose credentials can be guessed, never their values.
Changes nothing.

  ✓ verified                 ! works, but needs attention
  ✗ broken or insecure       ? could not be checked, by you or at all

Checks RBAC only: other authorizers, members of system:masters and users with access to etcd or a node are not visible. Neither is whether
agents can reach kube-apiserver over the network.

Examples:
  kubectl certify doctor
  kubectl certify doctor -o json | jq '.sections[].findings[] | select(.verdict == "bad")'

Flags:
  -o, --output=json

${exitCodes(6, 8)}

Usage: kubectl certify doctor [flags]
`

const POLICY_RBAC = `Print the RBAC that an AccessPolicy needs, for kubectl apply. Changes nothing.

Without --resource, it prints what manifests/samples/policy-rbac.yaml contains for the policy "coding-agents". With --resource, it prints what an additional
kind needs, such as a custom resource: agents of the policy may read it at any time and write it under a grant, and the gateway may impersonate them to do
so. Review it before you apply it: it limits what agents can do.

Examples:
  kubectl certify policy-rbac my-agents | kubectl apply -f -

  # Custom resources.
  kubectl certify policy-rbac my-agents --resource=widgets.example.com --resource=certificates.cert-manager.io | kubectl apply -f -

Flags:
      --resource=KIND.GROUP   a kind to add; repeat or separate with commas
      --classic               for Kubernetes before 1.36 (components/classic-impersonation)
  -o, --output=yaml|json      yaml by default

${exitCodes(6)}

Usage: kubectl certify policy-rbac NAME [flags]
`

const WITHDRAW = `Withdraw your own pending requests. Approvers no longer see them, and an operation that waits for one ends. kubectl delete accessrequest NAME
does the same, but leaves no request behind.

Examples:
  kubectl certify withdraw patch-deployments-web-1f0c9a2e
  kubectl certify withdraw patch-deployments-web-1f0c9a2e --reason='found another way'

Flags:
      --reason=TEXT           why, for the approvers and the records
  -o, --output=json|yaml|name

${exitCodes(4, 6, 10)}

Usage: kubectl certify withdraw NAME... [flags]
`

/** Help text by subcommand. */
export const COMMAND_HELP: { readonly [command: string]: string } = {
  show: SHOW,
  approve: APPROVE,
  deny: DENY,
  revoke: REVOKE,
  history: HISTORY,
  login: LOGIN_HELP,
  grants: GRANTS,
  'who-can': WHO_CAN,
  explain: EXPLAIN,
  policy: POLICY,
  completion: COMPLETION,
  reviews: REVIEWS_HELP,
  review: REVIEW_HELP,
  keys: KEYS_HELP,
  suspend: SUSPEND_HELP,
  resume: RESUME_HELP,
  withdraw: WITHDRAW,
  transfer: TRANSFER,
  doctor: DOCTOR,
  verify: VERIFY,
  sessions: SESSIONS,
  replay: REPLAY,
  'policy-rbac': POLICY_RBAC,
}
