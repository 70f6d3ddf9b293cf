import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readApiserverConfig } from '../../apiserver/config.ts'
import { readStandbyConfig } from '../../apiserver/standby/config.ts'
import { readControllerConfig } from '../../controller/config.ts'
import { readGatewayConfig } from '../../gateway/config.ts'
import { readWebhookConfig } from '../../webhook/config.ts'
import { ROOT } from './overlay.ts'

const FOLDER = join(ROOT, 'kustomize/base/config')
const READERS: { readonly [file: string]: (file: string) => Promise<unknown> } = {
  'apiserver.yaml': readApiserverConfig,
  'apiserver-standby.yaml': readStandbyConfig,
  'controller.yaml': readControllerConfig,
  'gateway.yaml': readGatewayConfig,
  'webhook.yaml': readWebhookConfig,
}

describe('a shipped configuration', () => {
  it('belongs to a server', async () => {
    expect((await readdir(FOLDER)).toSorted()).toEqual(Object.keys(READERS).toSorted())
  })
  it.each(Object.entries(READERS))('is accepted by its server: %s', async (file, read) => {
    expect(await read(join(FOLDER, file))).toMatchObject(file === 'controller.yaml' ? { admin: { port: 8080 } } : { listen: { port: 8443 } })
  })
})
