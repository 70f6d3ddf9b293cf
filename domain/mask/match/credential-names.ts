/** Names that indicate a credential: keys of Secrets, fields of JSON, variables of .env files. */

/** Whole words of a name. */
const WORDS = new Set(
  `pass passwd password passwords passphrase passcode pwd pw pin secret secrets token tokens jwt bearer apikey apitoken authtoken credential
  credentials creds cred auth authorization oauth private privatekey mnemonic seed salt pepper signature sig sas hmac otp totp psk
  dsn htpasswd keytab connectionstring accesskey secretkey encryptionkey signingkey masterkey dockerconfigjson kubeconfig cookie session
  pgpass mypass userpass rootpass wsrep requirepass masterauth`.split(/\s+/),
)
/** Words that end longer words: `dbpassword`, `mysecret`. */
const ENDINGS = /(password|passwd|passphrase|secret|token|apikey|credentials?)s?$/
/** `key` alone is ambiguous (a map key, the name of a tls.key). After one of these words it indicates a credential. */
const KEYS = new Set(
  `api access secret private signing encryption master shared account client session app application license
  service crypt cipher ssh tls ssl host deploy webhook auth storage fernet jwt root admin rsa hmac aes server`.split(/\s+/),
)
const MAX_NAME = 256

/** Whether a name indicates a credential: password, DB_PASSWORD, apiKey, client-secret, token, private_key, mnemonic … */
export function isCredentialName(name: string): boolean {
  const words = (name.slice(-MAX_NAME).match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase())
  if (PLACES.has(words.at(-1) ?? '')) return false
  return words.some((word, at) => {
    if (WORDS.has(word) || ENDINGS.test(word)) return !isAbout(words[at + 1]) && !isOfSomethingElse(words, at)
    return word === 'key' && (words.length === 1 || KEYS.has(words[at - 1] ?? '')) && !isAbout(words[at + 1])
  })
}

/** Words that make it the name of something else: `secretName`, `tokenUrl`, `password-policy`. */
const ABOUT = new Set(
  `name names ref reference url uri endpoint policy type path file mount mounts volume dir ttl expiry expires expiration
  expired length algorithm version id namespace projected provider issuer mode enabled method host port review request class kind count
  timestamp age max min created updated rotation rotated pub crt cert affinity
  through path paths bundle lifetime query seconds audience audiences
  domain field claim claims source store backend`.split(/\s+/),
)

/** Words that only indicate a credential at the end of a name or before one of VALUES: not `sessionAffinity`, `privateConnection`, `jwtHeaders`. */
const LOOSE = new Set('private session auth authorization oauth jwt'.split(' '))
const VALUES = new Set('value string data code phrase header text raw base config json b'.split(' '))
/** At the end of a name: where the credential is. */
const PLACES = new Set('name names namespace namespaces ref refs reference references'.split(' '))
/** `existingSecret`, `passwordSecret`: the name of a Secret. */
const SECRETS = new Set(
  'existing pull tls ca cert certificate password passwords credential credentials creds kubeconfig keystore truststore'.split(' '),
)

function isOfSomethingElse(words: readonly string[], at: number): boolean {
  const next = words[at + 1]
  if (LOOSE.has(words[at] as string)) return next !== undefined && !VALUES.has(next)
  return namesSecret(words.slice(Math.max(0, at - 1))) || namesSecret(words.slice(at))
}

/** Whether a name ends as `existingSecret`, or as `passwordKey`, which names a key of a Secret. */
function namesSecret([of = '', what = '', ...more]: readonly string[]): boolean {
  return more.length === 0 && /^(?:secrets?|key)$/.test(what) && SECRETS.has(of)
}

function isAbout(next: string | undefined): boolean {
  return next !== undefined && ABOUT.has(next)
}
