import type { KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Agent, fetch } from 'undici'
import { ConfigError } from '../../../server/config.ts'
import { boundedAnswer } from '../../../server/http/bounded-answer.ts'
import type { SamlConfig } from '../config.ts'
import { readCertificate } from '../service-keys.ts'
import { SamlRefused } from '../refused.ts'
import { rsaKeyOf } from '../xml/algorithms.ts'
import { utf8Of } from '../xml/base64.ts'
import { METADATA_LIMITS } from './read-metadata.ts'

const TIMEOUT_MS = 10_000

/** Where metadata come from. Each call reads them again. */
export type MetadataSource = { read(): Promise<string>; readonly signers: readonly KeyObject[] | undefined; close(): Promise<void> }

/** @throws ConfigError */
export async function createMetadataSource({ identityProvider: { metadata } }: SamlConfig): Promise<MetadataSource> {
  const signers = metadata.certFile === undefined ? undefined : [rsaKeyOf(await readCertificate(metadata.certFile))]
  const { url, file } = metadata
  if ((url === undefined) === (file === undefined)) throw new ConfigError('.identityProvider.metadata: give url or file, one of them')
  if (file !== undefined) return { read: () => readBounded(file), signers, close: () => Promise.resolve() }
  const ca = metadata.caFile === undefined ? {} : { ca: await readFile(metadata.caFile, 'utf8') }
  const agent = new Agent({ connect: ca, connections: 1, maxResponseSize: METADATA_LIMITS.bytes })
  return { read: () => download(url ?? '', agent), signers, close: () => agent.destroy() }
}

async function readBounded(file: string): Promise<string> {
  if ((await stat(file)).size > METADATA_LIMITS.bytes) throw new SamlRefused('Metadata', 'the metadata are too large')
  return utf8Of(await readFile(file))
}

async function download(url: string, dispatcher: Agent): Promise<string> {
  const response = await fetch(url, { dispatcher, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
  const bytes = new Uint8Array(await boundedAnswer(response, METADATA_LIMITS.bytes).arrayBuffer())
  if (response.status !== 200) throw new SamlRefused('Metadata', `the metadata answer with ${response.status}`)
  return utf8Of(bytes)
}
