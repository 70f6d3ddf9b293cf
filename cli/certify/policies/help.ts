import { exitCodes } from '../help-codes.ts'

export const EXPLAIN = `Say what a policy does to a request, rule by rule: which rule decides, its effect and risk, what is needed then, and the limits and approvals.
Conditions are shown and not evaluated: they need the objects of a real request. Changes nothing.

  > decides          ? decides if its condition holds
  + makes the decision stricter without naming the request

Examples:
  kubectl certify explain coding-agents --verb=patch --resource=deployments -n shop --name=web
  kubectl certify explain coding-agents --for=patch-deployments-web-1f0c9a2e

  # What the server itself would answer this agent now, with all of its policies and grants.
  kubectl certify explain coding-agents --as=oidc:agent --verb=get --resource=pods/log -n shop

Flags:
      --for=NAME              the operations of this AccessRequest
  -f, --filename=FILE         the operations of the AccessRequest in this file
      --verb, --resource, -n/--namespace, --name
                              an operation; repeat or separate with commas
      --as=USER               ask the server as this user too; needs the right to impersonate

${exitCodes(6)}

Usage: kubectl certify explain POLICY (--for=NAME | -f FILE | --verb=VERB --resource=RESOURCE) [flags]
`

export const POLICY = `Find what is wrong with a policy: errors and warnings of the server (types of CEL conditions, fields, resources that the cluster does not serve),
rules that an earlier rule covers wholly, a policy under which nobody can certify, and groups of its agents that RBAC does not bind.
Asks the server by a dry run. Changes nothing.

Examples:
  kubectl certify policy lint coding-agents
  kubectl certify policy lint -f policy.yaml -o json

Flags:
  -f, --filename=FILE         the policies in this file; repeat or separate with commas
  -o, --output=json

Exits with 8 for a problem (✗) and for what could not be checked (?), and with 0 if there are only warnings (!).

${exitCodes(6, 8)}

Usage: kubectl certify policy lint [NAME...] [-f FILE] [flags]
`
