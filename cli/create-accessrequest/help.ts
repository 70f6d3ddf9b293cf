export const CREATE_HELP = `Ask for access that you do not have: a human certifies it, and it ends by itself.

Examples:
  # Ask for what a refused command needs. The refusal prints this line; add why, and wait.
  kubectl create accessrequest --verb=patch --resource=deployments.apps/scale --namespace=shop --name=web \\
    --reason='the shop is slow' --duration=10m --uses=1 --wait

  # Let the refusal speak for itself.
  kubectl -n shop scale deployment web --replicas=3 2>&1 | kubectl create accessrequest --from-refusal --reason='the shop is slow' --wait

  # Ask for what applying a file needs: create what is missing, patch what is there.
  kubectl create accessrequest --for -f web.yaml --reason='release 1.4' --ticket=SHOP-12 --wait

  # Two rules: a --verb after a --resource begins the next.
  kubectl create accessrequest --verb=create --resource=pods/exec --verb=get --resource=pods/log -n shop --duration=10m

  # See one key of one Secret unmasked.
  kubectl create accessrequest --reveal=shop/db:password --reason='compare with the vault' --uses=1

What you ask for:
      --verb=VERB             get, list, watch, create, update, patch, delete, deletecollection; repeat or separate by commas
      --resource=RESOURCE     RESOURCE[.GROUP][/SUBRESOURCE]: pods, deploy, deployments.apps/scale
      --name=NAME             only objects of this name (left out: every name)
      --gain=POWER            a power that the writes may give to a workload, as Secret=db or HostPath (left out: none)
  -n, --namespace=NAMESPACE   namespaces (left out: the one of your kubeconfig's context; for list and watch alone: over all)
      --reveal=NS/SECRET:KEY  show this key unmasked
      --for -f FILE           the rules that applying FILE needs, instead of --resource; with --verb=delete: deleting it
      --from-refusal[=FILE]   the rule that a refusal names; a refused kubectl's output or a Status as JSON, from standard input or FILE

How long, and why:
      --duration=10m          how long from the approval on (left out: what the policy says)
      --uses=1                for how many requests (left out: as many as the policy allows)
      --reason=TEXT           why, for the human who decides
      --ticket=ID             the ticket that the work belongs to
      --policy=NAME           the AccessPolicy to ask under (left out: the one that governs you)
      --agent-name, --agent-model, --agent-session, --agent-task
                              what you say about yourself; shown as unproven

How it runs:
      --wait                  wait for the decision
      --timeout=15m           wait no longer (left out: until it is decided or expires)
      --idempotency-key=KEY   the same key always means the same request, whatever became of it
  -o, --output=json|yaml|name
      --dry-run=server|client server: checked, not stored; client: only printed
      --context, --kubeconfig, --as, … as for kubectl. Flags go behind "accessrequest", never before it.

Repeat it freely: a command with the same content finds its pending request, or its living grant, and makes no second one.

Exit codes: 0 granted (without --wait: filed), 1 unexpected error, 2 wrong usage, 3 denied, 4 expired or withdrawn,
            or its grant has ended, 5 not decided within --timeout, 6 refused by the server

Usage: kubectl create accessrequest [NAME] --verb=VERB --resource=RESOURCE [flags]
`
