/**
 * About how many seconds the slowest test files take on two cores, to start them first and to share them among processes. A wrong number
 * costs balance only, so only files of more than ten seconds are here.
 */
export const SLOW_FILES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    'test/cluster/own-pods/own-pods.test.ts': 340,
    'test/controller/policy-status/in-a-cluster.test.ts': 77,
    'test/cli/plugins.test.ts': 75,
    'test/clients/kubectl/kubectl-writes.test.ts': 70,
    'test/browser/keycloak/keycloak.test.ts': 68,
    'test/login/saml/keycloak.test.ts': 65,
    'test/cli/create-accessrequest/ask-first-in-a-cluster.test.ts': 55,
    'test/browser/pages.test.ts': 49,
    'test/clients/kubectl/kubectl-streams.test.ts': 46,
    'test/hack/cert-manager/certificates.test.ts': 42,
    'test/webhook/second-lock.test.ts': 36,
    'test/attack/differential/differential.test.ts': 35,
    'test/gateway/stream/streams.test.ts': 30,
    'test/attack/streams/e-streams.test.ts': 28,
    'test/hack/cluster/other-nodes.test.ts': 28,
    'test/hack/cluster/cleanup.test.ts': 27,
    'test/attack/availability/i-slow-clients.test.ts': 25,
    'test/apiserver/sessions/whole-chain.test.ts': 23,
    'test/attack/availability/i-installed.test.ts': 23,
    'test/browser/decide.test.ts': 21,
    'test/clients/kubectl/kubectl-nodes.test.ts': 20,
    'test/clients/kubectl/kubectl-reads.test.ts': 20,
    'test/attack/power/f-workloads.test.ts': 19,
    'test/attack/records/o2-gateway.test.ts': 16,
    'test/apiserver/hand-over/keeper.test.ts': 16,
    'test/browser/sign-in.test.ts': 15,
    'test/gateway/agent.test.ts': 15,
    'test/clients/helm/helm.test.ts': 14,
    'test/certificates/in-a-cluster.test.ts': 14,
    'test/webhook/never.test.ts': 13,
    'test/hack/up/login/login.test.ts': 12,
    'test/hack/cluster/real-node.test.ts': 12,
    'test/clients/libraries/client-go.test.ts': 11,
    'test/domain/mask/positions/positions.test.ts': 11,
    'test/attack/approvals/h-approvals.test.ts': 10,
    'test/attack/power/g-second-lock.test.ts': 10,
    'test/conformance/kubectl.test.ts': 10,
  }),
)

/** What any other file takes. */
export const OTHER_FILES = 3
