import { generateKeyPairSync } from 'node:crypto'

/** A new private key in PEM. P-256 unless the test is about RSA, which takes longer to make. */
export function newPem(type: 'ec' | 'rsa' | 'small-rsa' = 'ec'): string {
  const { privateKey } =
    type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: type === 'rsa' ? 2048 : 1024 })
  return String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
}
