/** Certificates and public keys in DER, which are base64 without lines in JSON and in DNS records: public, as in PEM. */
const LONG_FORM = 0x82
const SEQUENCE = 0x30
/** After the header of a certificate: its content, version 3. */
const CERTIFICATE = /^30820[0-9a-f]{3}30820[0-9a-f]{3}a003020102/
/** After the header of a public key: RSA; the curves P-256, P-384 and P-521; Ed25519. */
const PUBLIC_KEY =
  /^30(?:82[0-9a-f]{4}|81[0-9a-f]{2}|[0-7][0-9a-f])(?:300d06092a864886f70d0101010500|30[0-9a-f]{2}06072a8648ce3d020106(?:082a8648ce3d030107|052b8104002[23])|300506032b6570)03/
const HEADER = 48
const MIN_LENGTH = 40

/** Whether a text is exactly one certificate or public key in base64. */
export function isPublicDer(text: string): boolean {
  if (text.length < MIN_LENGTH || !/^M[A-Za-z0-9+/]+={0,2}$/.test(text)) return false
  const bytes = Buffer.from(text, 'base64')
  const header = bytes.toString('hex', 0, HEADER)
  return (CERTIFICATE.test(header) || PUBLIC_KEY.test(header)) && lengthOf(bytes) === bytes.length
}

/** The length that the header of a sequence tells. */
function lengthOf(bytes: Buffer): number | undefined {
  const [tag, length = 0] = bytes
  if (tag !== SEQUENCE) return undefined
  if (length < 0x80) return length + 2
  return length === LONG_FORM ? bytes.readUInt16BE(2) + 4 : length === 0x81 ? (bytes[2] as number) + 3 : undefined
}
