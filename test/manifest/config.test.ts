import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readApiserverConfig } from '../../apiserver/config.ts'
import { readStandbyConfig } from '../../apiserver/standby/config.ts'
import { readGatewayConfig } from '../../gateway/config.ts'
import { readWebhookConfig } from '../../webhook/config.ts'
import { ROOT } from './overlay.ts'

const FOLDER = join(ROOT, 'kustomize/base/config')
const READERS: { readonly [file: string]: (file: string) => Promise<unknown> } = {
  'apiserver.yaml': readApiserverConfig,
  'apiserver-standby.yaml': readStandbyConfig,
  'gateway.yaml': readGatewayConfig,
  'webhook.yaml': readWebhookConfig,
}

describe('a configuration that is shipped', () => {
  it('is one of a part', async () => {
    expect((await readdir(FOLDER)).toSorted()).toEqual(Object.keys(READERS).toSorted())
  })
  it.each(Object.entries(READERS))('is what its part reads: %s', async (file, read) => {
    expect(await read(join(FOLDER, file))).toMatchObject({ listen: { port: 8443 } })
  })
})
