import { join } from 'node:path'

/** Paths in the folder of an environment. */
export type Layout = {
  readonly root: string
  readonly cluster: string
  readonly identityProvider: string
  readonly kubeconfigs: string
  readonly bin: string
  readonly records: string
  readonly loginRecords: string
  readonly data: string
  readonly servers: string
  readonly slackToken: string
  readonly keycloak: string
  readonly upFile: string
}

export function layoutOf(dir: string): Layout {
  return {
    root: dir,
    cluster: join(dir, 'cluster'),
    identityProvider: join(dir, 'identity-provider'),
    kubeconfigs: join(dir, 'kubeconfigs'),
    bin: join(dir, 'bin'),
    records: join(dir, 'records'),
    loginRecords: join(dir, 'login-records'),
    data: join(dir, 'data'),
    servers: join(dir, 'servers'),
    slackToken: join(dir, 'slack-token'),
    keycloak: join(dir, 'keycloak'),
    upFile: join(dir, 'up.json'),
  }
}
