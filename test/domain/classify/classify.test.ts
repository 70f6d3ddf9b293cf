import { expect, it } from 'vitest'
import { classify } from '../../../domain/classify/classify.ts'
import { readRequest } from '../../../domain/classify/read-request.ts'

const judged = (line: string): string => {
  const [method = '', path = ''] = line.split(' ')
  const { power, verb, risk } = classify(readRequest(method, path, new URLSearchParams()))
  return `${power} ${verb} ${risk}`
}

it.each([
  ['GET /api/v1/namespaces/shop/pods', 'read list Low'],
  ['GET /api/v1/namespaces/shop/pods/web/log', 'read get Low'],
  ['GET /api/v1/namespaces/shop/pods/web/exec', 'connect create High'],
  ['POST /api/v1/namespaces/shop/pods/web/portforward', 'connect create High'],
  ['GET /api/v1/namespaces/shop/services/https:db:1/proxy/x', 'connect create High'],
  ['PATCH /api/v1/namespaces/shop/pods/web/ephemeralcontainers', 'connect patch High'],
  ['GET /api/v1/nodes/n1/proxy/run', 'escalate get Critical'],
  ['PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale', 'write patch Medium'],
  ['DELETE /apis/apps/v1/namespaces/shop/deployments/web', 'write delete High'],
  ['DELETE /apis/apps/v1/namespaces/shop/deployments', 'write deletecollection Critical'],
  ['DELETE /api/v1/namespaces/shop', 'write delete Critical'],
  ['POST /api/v1/namespaces/shop/serviceaccounts/default/token', 'mint create Critical'],
  ['PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval', 'mint update Critical'],
  ['POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings', 'escalate create Critical'],
  ['GET /apis/rbac.authorization.k8s.io/v1/clusterrolebindings', 'read list Low'],
  ['DELETE /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access', 'escalate delete Critical'],
  ['POST /apis/jit.access/v1/accessrequests', 'ask create Low'],
  ['PATCH /apis/jit.access/v1/accessrequests/a/approval', 'escalate patch Critical'],
  ['POST /apis/jit.access/v1/accesspolicies', 'escalate create Critical'],
  ['GET /api/v1/proxy/namespaces/shop/services/db', 'unknown proxy Critical'],
  ['GET /api/v1/namespaces/shop/pods/web/newthing', 'unknown get Critical'],
  ['OPTIONS /api/v1/pods', 'unknown  Critical'],
  ['GET /version', 'read get Low'],
  ['GET /openapi/v3/apis/apps/v1', 'read get Low'],
  ['GET /apis/apps/v1', 'read get Low'],
  ['GET /metrics', 'unknown get Critical'],
  ['GET /logs/kube-apiserver.log', 'unknown get Critical'],
  ['POST /version', 'unknown post Critical'],
])('%s is %s', (line, expected) => expect(judged(line)).toBe(expected))
