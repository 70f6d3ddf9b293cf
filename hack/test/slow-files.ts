/**
 * About how many seconds the slowest test files take on two cores, to start them first and to share them among processes. A wrong number
 * costs balance only, so only files of more than ten seconds are here.
 */
export const SLOW_FILES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    'test/cluster/own-pods/own-pods.test.ts': 240,
    'test/controller/policy-status/in-a-cluster.test.ts': 75,
    'test/login/saml/keycloak.test.ts': 80,
    'test/browser/keycloak/keycloak.test.ts': 60,
    'test/browser/pages.test.ts': 42,
    'test/cli/plugins.test.ts': 53,
    'test/attack/differential/differential.test.ts': 50,
    'test/hack/cert-manager/certificates.test.ts': 43,
    'test/clients/kubectl/kubectl-writes.test.ts': 38,
    'test/clients/kubectl/kubectl-streams.test.ts': 33,
    'test/webhook/second-lock.test.ts': 31,
    'test/gateway/stream/streams.test.ts': 28,
    'test/cli/create-accessrequest/ask-first-in-a-cluster.test.ts': 28,
    'test/attack/availability/i-installed.test.ts': 27,
    'test/attack/streams/e-streams.test.ts': 27,
    'test/attack/availability/i-slow-clients.test.ts': 25,
    'test/hack/cluster/other-nodes.test.ts': 23,
    'test/attack/records/o2-gateway.test.ts': 22,
    'test/clients/kubectl/kubectl-nodes.test.ts': 21,
    'test/hack/cluster/cleanup.test.ts': 20,
    'test/browser/decide.test.ts': 18,
    'test/attack/power/f-workloads.test.ts': 18,
    'test/clients/kubectl/kubectl-reads.test.ts': 16,
    'test/apiserver/hand-over/keeper.test.ts': 16,
    'test/gateway/agent.test.ts': 15,
    'test/webhook/never.test.ts': 14,
    'test/clients/helm/helm.test.ts': 13,
    'test/attack/requests/x-beyond.test.ts': 13,
    'test/hack/cluster/real-node.test.ts': 11,
    'test/domain/mask/positions/positions.test.ts': 11,
    'test/cli/certify/suspend/suspend-in-a-cluster.test.ts': 11,
    'test/browser/sign-in.test.ts': 11,
    'test/clients/kubectl/conditions.test.ts': 10,
    'test/apiserver/sessions/whole-chain.test.ts': 10,
  }),
)

/** What any other file takes. */
export const OTHER_FILES = 3
