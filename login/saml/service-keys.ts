import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../../server/config.ts'
import type { SamlConfig } from './config.ts'
import { rsaKeyOf } from './xml/algorithms.ts'

/** The keys of this service provider. */
export type ServiceKeys = {
  readonly signing: { readonly key: KeyObject; readonly cert: string }
  /** Certificates that the metadata publish for signing: the one that signs now, and later ones. */
  readonly signingCerts: readonly string[]
  readonly decryption: readonly { readonly key: KeyObject; readonly cert: string }[]
}

/** @throws ConfigError that names the file */
export async function readServiceKeys(config: SamlConfig): Promise<ServiceKeys> {
  const signing = await readPair(config.signing)
  const next = await Promise.all((config.nextSigningCertFiles ?? []).map(readCertificate))
  return { signing, signingCerts: [signing.cert, ...next], decryption: await Promise.all((config.decryption ?? []).map(readPair)) }
}

async function readPair({ keyFile, certFile }: { readonly keyFile: string; readonly certFile: string }): Promise<ServiceKeys['signing']> {
  const cert = await readCertificate(certFile)
  try {
    const key = createPrivateKey(await readFile(keyFile, 'utf8'))
    if (!new X509Certificate(cert).checkPrivateKey(key)) throw new Error(`it is not the key of ${certFile}`)
    return { key, cert }
  } catch (error) {
    throw new ConfigError(`${keyFile}: cannot be used as a private key: ${messageOf(error)}`, { cause: error })
  }
}

/** A certificate in PEM. @throws ConfigError for another key than RSA of 2048 bits or more */
export async function readCertificate(file: string): Promise<string> {
  try {
    const cert = new X509Certificate(await readFile(file, 'utf8')).toString()
    rsaKeyOf(cert)
    return cert
  } catch (error) {
    throw new ConfigError(`${file}: cannot be used as a certificate: ${messageOf(error)}`, { cause: error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error')
