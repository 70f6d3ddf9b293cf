/** Objects of an installation as kubectl returns them, and functions that change one of them. */
export type Objects = { [path: string]: unknown }
export const ISSUERS = '/api/v1/namespaces/jit-system/configmaps/gateway-issuers'
export const RBAC = '/apis/rbac.authorization.k8s.io/v1'
export const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
export const WEBHOOK = `${ADMISSION}/validatingwebhookconfigurations/jit-access`

export type Change = (objects: Objects) => void
export const webhookWith =
  (change: object): Change =>
  (objects) => {
    const [webhook] = (objects[WEBHOOK] as { webhooks: object[] }).webhooks
    objects[WEBHOOK] = { webhooks: [{ ...webhook, ...change }] }
  }
export const bind =
  (...more: readonly object[]): Change =>
  (objects) =>
    void (objects[`${RBAC}/clusterrolebindings`] as { items: object[] }).items.push(...more)
export const set =
  (path: string, value: () => unknown): Change =>
  (objects) =>
    void (objects[path] = value())
