export const CREATE_HELP = `Request access that you do not have. A human approves it, and it expires automatically.

Examples:
  # Request what a refused command needs. The refusal prints this command; add a reason, and wait.
  kubectl create accessrequest --verb=patch --resource=deployments.apps/scale --namespace=shop --name=web \\
    --reason='the shop is slow' --duration=10m --uses=1 --wait

  # Build the request from the refusal.
  kubectl -n shop scale deployment web --replicas=3 2>&1 | kubectl create accessrequest --from-refusal --reason='the shop is slow' --wait

  # Request what applying a file needs: create missing objects, patch existing ones.
  kubectl create accessrequest --for -f web.yaml --reason='release 1.4' --ticket=SHOP-12 --wait

  # Ask for one exact command, with its plan, without running it. Once it is approved, the same command goes through once.
  kubectl create accessrequest --reason='it is not used any more' --for -- kubectl delete deploy/web -n shop

  # The same for each object of a file: kubectl apply --server-side.
  kubectl create accessrequest --operation -f web.yaml --reason='release 1.4' --wait

  # Two rules: a --verb after a --resource starts a new rule.
  kubectl create accessrequest --verb=create --resource=pods/exec --verb=get --resource=pods/log -n shop --duration=10m

  # See one key of one Secret unmasked.
  kubectl create accessrequest --reveal=shop/db:password --reason='compare with the vault' --uses=1

  # Keep a live grant for another half an hour, counted from the approval. It takes the same approvals as the first request.
  kubectl create accessrequest --extend=patch-deployments-scale-web-1f0c9a2e --duration=30m --reason='the rollout takes longer' --wait

  # In an emergency, without waiting for an approver. It is recorded, and a human reviews it afterwards.
  kubectl create accessrequest --break-glass --verb=patch --resource=deployments.apps/scale -n shop --name=web --reason='the shop is down'

Requested access:
      --verb=VERB             get, list, watch, create, update, patch, delete, deletecollection; repeat or separate with commas
      --resource=RESOURCE     RESOURCE[.GROUP][/SUBRESOURCE]: pods, deploy, deployments.apps/scale
      --name=NAME             only objects with this name (default: every name)
      --gain=POWER            a power that the writes may give to a workload, for example Secret=db or HostPath (default: none)
  -n, --namespace=NAMESPACE   namespaces (default: the namespace of your kubeconfig context; all namespaces for list and watch alone)
      --reveal=NS/SECRET:KEY  show this key unmasked
      --for -f FILE           request the rules that applying FILE needs, instead of --resource; with --verb=delete: that deleting it needs
      --for -- kubectl …      request the exact operations of this command, which is not run; needs a kubeconfig that points to the gateway
      --operation -f FILE     the same for kubectl apply --server-side -f FILE; with --verb=create or --verb=delete: for that command
      --from-refusal[=FILE]   request the rule that a refusal names; reads kubectl's error output or a Status as JSON, from standard input or FILE

      --extend=GRANT          request the same access as your live GRANT for longer, instead of --resource; with --duration, from the approval on

Limits and reason:
      --duration=10m          how long the grant lasts (default: set by the policy)
      --not-before=TIME|+2h   start the grant at this time, not before: 2026-11-25T22:00:00Z, or from now on (default: at the approval)
      --uses=1                for how many requests (default: as many as the policy allows)
      --reason=TEXT           why you need access, shown to the approver
      --ticket=ID             the ticket for this work
      --policy=NAME           the AccessPolicy to request under (default: the policy that governs you)
      --agent-name, --agent-model, --agent-session, --agent-task
                              what you say about yourself; shown to the approver as unproven

      --break-glass           grant it at once, without an approver, if the policy allows it; a human reviews the use afterwards

Command behavior:
      --wait                  wait for the decision; Ctrl-C asks whether to withdraw the request
      --timeout=15m           maximum time to wait (default: until the request is decided or expires)
      --idempotency-key=KEY   the same key always refers to the same request, even after it was decided
  -o, --output=json|yaml|name
      --dry-run=server|client server: validated by the server, not stored; client: only printed
      --context, --kubeconfig, --as, … as for kubectl. Put flags after "accessrequest", never before it.

Repeating a command is safe: it finds its pending request or live grant and does not create a second one.

To withdraw a request: kubectl certify withdraw NAME, or kubectl delete accessrequest NAME.

Exit codes: 0 granted (without --wait: filed), 1 unexpected error, 2 wrong usage, 3 denied, 4 expired or withdrawn,
            or its grant has ended, 5 not decided within --timeout, 6 refused by the server,
            130 ended by Ctrl-C; the request stays open

Usage: kubectl create accessrequest [NAME] --verb=VERB --resource=RESOURCE [flags]
`
