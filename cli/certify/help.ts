const CODES = `Exit codes: 0 done, 1 unexpected error, 2 wrong usage, 3 it was denied before, 4 it is over and cannot be decided any more,
            6 refused by the server, 7 the records do not verify, 8 the doctor found or could not see something,
            9 you approved it before, and that stands as it is`

export const CERTIFY_HELP = `Decide on what agents ask for: see what waits for you, approve narrower, deny with a reason, revoke, look back.

Examples:
  # What waits for me?
  kubectl certify
  kubectl certify --watch

  # Look at one, then decide.
  kubectl certify show patch-deployments-web-1f0c9a2e
  kubectl certify approve patch-deployments-web-1f0c9a2e --duration=5m --uses=1 --reason='go ahead'
  kubectl certify deny patch-deployments-web-1f0c9a2e --reason='not during the sale'

  # End a grant at once; streams that it holds open end with it.
  kubectl certify revoke patch-deployments-web-1f0c9a2e --reason='enough seen'

  # Does the installation hold what it promises?
  kubectl certify doctor

  # Prove that the records were not touched, and see what an agent did.
  kubectl certify verify ./records
  kubectl certify replay --records ./records

Commands:
  (none)    list the requests that wait for you
  show      who asks, for what exactly, and what approving does
  approve   grant it, or less
  deny      refuse it, with a reason
  revoke    end a grant
  doctor    prove that the installation holds what it promises
  policy-rbac
            print the RBAC that a policy, or a further kind under it, needs
  verify    check the hash chain of the records
  replay    show an agent's session from the records

Flags of the list:
  -n, --namespace=NAMESPACE   only what touches this namespace
  -w, --watch                 go on, and tell of new ones as they come
  -o, --output=wide|json|yaml|name
      --context, --kubeconfig, --as, … as for kubectl. Flags go behind "certify", never before it.

${CODES}

Usage: kubectl certify [COMMAND] [flags]
`

const SHOW = `Show requests in full: who asks (proven by the server), for what, the exact operation and its diff, what approving does; and, apart
from that, what the agent says about itself, which nobody has proven.

Examples:
  kubectl certify show patch-deployments-web-1f0c9a2e
  kubectl certify show patch-deployments-web-1f0c9a2e -o yaml

Flags:
  -o, --output=json|yaml|name

${CODES}

Usage: kubectl certify show NAME... [flags]
`

const APPROVE = `Approve requests. On a terminal it shows each first and asks; --yes, and a pipe, do not ask.
What you give may be less than what was asked for, never more. Repeating it is safe: what you approved already stays approved.
An approval cannot be narrowed afterwards: revoke its grant, and approve less of a new request.

Examples:
  kubectl certify approve patch-deployments-web-1f0c9a2e --reason='go ahead'

  # Shorter, and only once.
  kubectl certify approve patch-deployments-web-1f0c9a2e --duration=5m --uses=1

  # Only one of the namespaces, and only one of the names, that were asked for.
  kubectl certify approve get-pods-log-77aa01c3 -n shop --name=web-0

Flags:
      --duration=5m           at most this long, from now on
      --uses=1                at most this many requests
      --verb, --resource, -n/--namespace, --name
                              only these of what was asked for; repeat or separate by commas
      --reason=TEXT           why; the agent reads it
  -y, --yes                   do not ask
      --unseen                also where the plan is too long to be shown whole, and you do not see all of it
  -o, --output=json|yaml|name

${CODES}

Usage: kubectl certify approve NAME... [flags]
`

const DENY = `Deny requests. The agent reads the reason: say what it should do instead.

Examples:
  kubectl certify deny delete-deployments-keep-0b1d22f9 --reason='it still serves customers; scale it to 0 first'

Flags:
      --reason=TEXT           why; needed
  -o, --output=json|yaml|name

${CODES}

Usage: kubectl certify deny NAME... --reason=TEXT [flags]
`

const REVOKE = `End grants at once. Requests that they cover are refused from now on, and open streams end within a second.

Examples:
  kubectl get accessgrants
  kubectl certify revoke patch-deployments-web-1f0c9a2e --reason='enough seen'

Flags:
      --reason=TEXT           why
  -o, --output=json|yaml|name

${CODES}

Usage: kubectl certify revoke GRANT... [flags]
`

const VERIFY = `Check the hash chain of a folder of records: a changed, dropped, moved or inserted line is found and named, and so are lines cut
from a file that a later one saw. Needs no cluster.

It cannot find lines cut from the very end, nor a folder that was forged as a whole: the chain has no key. Keep the last hash that
it prints somewhere else, and give it the next time: then it finds both.

Examples:
  kubectl certify verify ./records
  kubectl certify verify ./records --last-hash=9f2b…64 hex digits

Flags:
      --last-hash=HASH        the hash of a line, known from elsewhere, that must be there
      --earlier-removed       the oldest files were removed on purpose: do not blame their absence
  -o, --output=json

${CODES}

Usage: kubectl certify verify DIR [flags]
`

const REPLAY = `Show what agents did, from the records: every request with what was decided and how it ended, and the terminals that they had.
Needs no cluster. It does not check the records; verify does.

Examples:
  # Every session, oldest first.
  kubectl certify replay --records ./records

  # One session, of the last hour.
  kubectl certify replay 6f1c0b7e --records ./records --since=1h

  # A terminal, to be played with: asciinema play session.cast
  kubectl certify replay --records ./records --audit-id=0d9f6c1e-… --output=cast > session.cast

Flags:
      --records=DIR           the folder of records; needed
      --since=1h|TIME         only what came since: that long ago, or at that time (2026-11-25T12:00:00Z)
      --audit-id=ID           only this request
  -o, --output=text|json|cast text: a timeline; json: the events, one a line; cast: asciicast v2 of one exec or attach

${CODES}

Usage: kubectl certify replay [SESSION] --records=DIR [flags]
`

const DOCTOR = `Prove an installation, as a cluster admin: servers and certificates, the API, both locks (tried by a dry run in the name of an agent that RBAC
lets do anything), each policy, and who can go around all of it. Names Secrets whose credentials can be guessed, never what they are.
Changes nothing.

  ✓ it was seen to hold      ! it works, and somebody should know of it
  ✗ it does not hold         ? it could not be seen, by you or at all

It reads RBAC: other authorizers, people in system:masters and whoever reaches etcd or a node are not seen. Nor is whether agents
reach kube-apiserver by the network.

Examples:
  kubectl certify doctor
  kubectl certify doctor -o json | jq '.sections[].findings[] | select(.verdict == "bad")'

Flags:
  -o, --output=json

${CODES}

Usage: kubectl certify doctor [flags]
`

const POLICY_RBAC = `Print the RBAC that an AccessPolicy needs to work, for kubectl apply. Changes nothing.

Without --resource it is what manifests/samples/policy-rbac.yaml has for the policy "coding-agents". With --resource it is what a further kind needs, such
as a custom resource: agents of the policy may read it at any time and write it under a grant, and the gateway may do so in their name. Read it before you
apply it: what an agent may do at the most stands there.

Examples:
  kubectl certify policy-rbac my-agents | kubectl apply -f -

  # Custom resources.
  kubectl certify policy-rbac my-agents --resource=widgets.example.com --resource=certificates.cert-manager.io | kubectl apply -f -

Flags:
      --resource=KIND.GROUP   a kind to add; repeat or separate by commas
      --classic               for Kubernetes before 1.36 (components/classic-impersonation)

${CODES}

Usage: kubectl certify policy-rbac NAME [flags]
`

/** The help of each subcommand by its name. */
export const COMMAND_HELP: { readonly [command: string]: string } = {
  show: SHOW,
  approve: APPROVE,
  deny: DENY,
  revoke: REVOKE,
  doctor: DOCTOR,
  verify: VERIFY,
  replay: REPLAY,
  'policy-rbac': POLICY_RBAC,
}
