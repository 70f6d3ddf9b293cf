import { trimmed, type ShapedText } from './item.ts'

const BEGIN = '-----BEGIN '
const BOUNDARY = /-----(BEGIN|END) ([^\n-]{1,64})-----/g
const PUBLIC = /(CERTIFICATE|PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL|PARAMETERS)$/
const BOUNDARY_LINE = /^[\t ]*-{5,6}(?:BEGIN|END) [^\n-]{1,64}-{5,6}[\t\r ]*$/
/** Every OpenSSH key begins with `openssh-key-v1`, so its first line carries no information. */
const OPENSSH = /^b3BlbnNzaC1rZXktdj/

/** Removes public certificates and keys, which anyone may see. Reads the text once, whatever boundaries it has. */
function withoutPublic(text: string): string {
  let rest = ''
  let kept = 0
  let open: { readonly label: string; readonly from: number } | undefined
  for (const { index, 0: boundary, 1: edge, 2: label = '' } of text.matchAll(BOUNDARY)) {
    if (edge === 'BEGIN') {
      open = PUBLIC.test(label) ? { label, from: index } : undefined
      continue
    }
    if (open?.label === label) {
      rest += `${text.slice(kept, open.from)}\n`
      kept = index + boundary.length
    }
    open = undefined
  }
  return rest + text.slice(kept)
}

/** The rest of a text without public keys and without the lines that every private key has. Undefined if the text has neither. */
export function pem(name: string, text: string): Iterable<ShapedText> | undefined {
  if (!text.includes(BEGIN)) return undefined
  const lines = withoutPublic(text).split('\n')
  const rest = lines.filter((line) => !BOUNDARY_LINE.test(line) && !OPENSSH.test(trimmed(line))).join('\n')
  // A key on one line of a larger text is not removed: its lines are split like others.
  return rest.length === text.length ? undefined : [{ name, text: rest }]
}
