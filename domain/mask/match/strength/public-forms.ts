/**
 * Texts that are not secret by their form, however random they look: addresses, times, and names that clouds and clusters assign. Also the
 * reverse: forms that only secrets (or random identifiers) have. All expressions are anchored and linear.
 */
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?'
const HOST = `(?:\\*\\.)?(?:${LABEL}\\.)+[a-z]{2,18}\\.?`
const PORT = '(?::\\d{1,5})?'
const IPV4 = '(?:\\d{1,3}\\.){3}\\d{1,3}'
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const ZONE = '(?:Z|UTC|GMT|[+-]\\d\\d:?\\d\\d)?'
/** The alphabet of random suffixes in Kubernetes. */
const SUFFIX = '[bcdfghjklmnpqrstvwxz2-9]'
/** A word or number that a build adds to a version. */
const BUILD = '(?:[a-z]{1,12}\\d{0,4}|\\d{1,14})'
/** Fields of a connect descriptor of Oracle. With any other field, the text is judged like all others. */
const TNS_FIELD =
  '(?:(?:DESCRIPTION|ADDRESS)(?:_LIST)?|CONNECT_DATA|PROTOCOL|HOST|PORT|SERVICE_NAME|INSTANCE_NAME|SID|SERVER|LOAD_BALANCE|FAILOVER|FAILOVER_MODE|' +
  'TYPE|METHOD|RETRIES|DELAY|RETRY_COUNT|RETRY_DELAY|ENABLE|SDU|(?:TRANSPORT_)?CONNECT_TIMEOUT|SECURITY|SSL_SERVER_DN_MATCH)'
const CIPHER_WORD =
  '3?(?:ECDHE?|DHE?|PBKDF|HMAC|SCRAM|PSK|SRP|RSA|ECDSA|DSS|WITH|NULL|AES|ARIA|CAMELLIA|CHACHA|POLY|SEED|IDEA|DES|EDE|RC|GCM|CBC|CTR|CCM|SHA|MD)\\d{0,4}'
const CIPHER = `${CIPHER_WORD}(?:[_-](?:${CIPHER_WORD}|\\d{1,3})){0,8}`
/** Groups of ciphers and versions of protocols, as OpenSSL, nginx, Kafka and Java take them. */
const CIPHER_GROUP =
  '(?:HIGH|MEDIUM|LOW|DEFAULT|ALL|COMPLEMENTOFALL|COMPLEMENTOFDEFAULT|[aek]?(?:NULL|RSA|DSS|ECDSA|PSK|SRP)|[ak]?(?:DH|EDH|DHE|ECDH|EECDH|ECDHE)|' +
  'EXP(?:ORT)?\\d{0,3}|AES(?:128|256)?(?:GCM|CCM8?)?|CHACHA20|3DES|SHA\\d{0,3}|TLSv1(?:\\.\\d)?|SSLv[23])'
const CIPHER_ITEM = `(?:[!+-]?(?:${CIPHER_GROUP}(?:\\+${CIPHER_GROUP}){0,4}|${CIPHER})|@(?:STRENGTH|SECLEVEL=\\d))`

const PUBLIC: readonly RegExp[] = [
  // IP addresses, networks, host names and e-mail addresses.
  new RegExp(`^${IPV4}(?:/\\d{1,2})?${PORT}$`),
  /^\[?[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){1,8}(?::(?:\d{1,3}\.){3}\d{1,3})?(?:%\w{1,15})?\]?(?:\/\d{1,3}|:\d{1,5})?$/i,
  /^(?:[0-9a-f]{2}[:-]){5}(?:(?:[0-9a-f]{2}[:-]){2})?[0-9a-f]{2}$/i,
  // Fingerprints of certificates: MD5, SHA-1, SHA-256.
  /^(?:(?:[0-9a-f]{2}:){15}|(?:[0-9a-f]{2}:){19}|(?:[0-9a-f]{2}:){31})[0-9a-f]{2}$/i,
  new RegExp(`^${HOST}${PORT}$`),
  new RegExp(`^${HOST}${PORT}$`.replaceAll('a-z', 'A-Z')),
  /^[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,18}$/,
  // Times and durations.
  new RegExp(`^\\d{4}[-/.]?\\d\\d[-/.]?\\d\\d(?:[T_-]?\\d\\d:?\\d\\d(?::?\\d\\d(?:[.,]\\d{1,9})?)?${ZONE})?$`),
  new RegExp(`^\\d{1,2}[-/. ]?(?:\\d{1,2}|${MONTH})[-/. ]?\\d{4}(?:[T:]\\d\\d:\\d\\d(?::\\d\\d)?${ZONE})?$`),
  new RegExp(`^\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?${ZONE}$`),
  /^-?P?T?(?:\d{1,12}(?:\.\d{1,12})?(?:ns|us|µs|ms|[smhdwMYDHWS])T?)+$/,
  // Numbers and quantities.
  /^[+-]?\d{1,15}(?:\.\d{1,15})?(?:e[+-]?\d{1,3})?(?:[munkKMGTPE]i?B?|%|bytes)?$/,
  // Identifiers that clouds and container runtimes assign.
  /^arn:[a-z-]{1,20}:[a-z0-9-]{0,40}:[a-z0-9-]{0,30}:\d{0,12}:[\w+=,.@:/*-]{1,200}$/,
  /^(?:[a-z0-9]{1,12}-)?(?:vpc|vpce|subnet|sg|i|vol|ami|eni|rtb|igw|nat|acl|eipalloc|snap|lt|fs|fsap|tgw|pcx|dopt)-[0-9a-f]{8,17}$/,
  // The numbers of Google's accounts.
  /^1\d{20}$/,
  /^(?:docker|containerd|cri-o|docker-pullable):\/\/(?:[\w.:/-]{1,200}@sha256:)?[0-9a-f]{64}$/,
  /^(?:[\w./:-]{1,255}@)?sha(?:1:[0-9a-f]{40}|256:[0-9a-f]{64}|512:[0-9a-f]{128})$/,
  // Versions with what a build adds: one commit, a distribution.
  new RegExp(`^v?\\d{1,4}(?:\\.\\d{1,5}){1,3}(?:[-+~.]${BUILD}){0,3}[-+~.](?:${BUILD}|g?[0-9a-f]{7,12})(?:[-+~.]${BUILD})?$`),
  // Where an Oracle database is.
  new RegExp(`^jdbc:oracle:(?:thin|oci):@(?://)?(?:${LABEL}\\.){0,8}${LABEL}${PORT}[:/][\\w.$-]{1,64}$`),
  new RegExp(`^(?=\\(?(?:DESCRIPTION|ADDRESS))\\(?(?:${TNS_FIELD}\\s?=(?:\\s?[\\w.:/-]{1,64})?(?:[\\s()]+|$)){1,60}$`, 'i'),
  // Cipher suites and key exchanges.
  new RegExp(`^(?:TLS_)?${CIPHER_WORD}(?:[_-](?:${CIPHER_WORD}|\\d{1,3})){0,8}[_-](?:SHA\\d{0,3}|POLY1305|CCM8?|MD5)$`),
  new RegExp(`^${CIPHER_ITEM}(?:(?:[:,]\\s?|@SECLEVEL=\\d[:,]?|\\s)${CIPHER_ITEM}){0,60}$`),
  /^(?:curve25519|ecdh|diffie-hellman|sntrup761x25519|mlkem768x25519)(?:-(?:sha|nistp|group|exchange)\d{0,4}){0,3}(?:@[a-z.]{1,30})?$/,
  // Files of keys of SSH.
  /^~?(?:\/\.?[a-z]{1,20}){0,6}\/?(?:id|ssh_host)_(?:rsa|dsa|ecdsa|ed25519)(?:_key)?(?:\.pub)?$/,
  // Public keys and their fingerprints.
  /^pk_(?:live|test)_[A-Za-z0-9]{10,200}$/,
  /^(?:AAAAB3NzaC1|AAAAC3NzaC1|AAAAE2VjZHNh|AAAAGnNr)[A-Za-z0-9+/]+={0,2}$/,
  /^(?:sk-)?(?:ssh|ecdsa)-[a-z0-9-]{2,30}(?:@openssh\.com)?$/,
  /^SHA256:[A-Za-z0-9+/]{43}=?$/,
]

/** Names that controllers derive from another name: ReplicaSet and Pod, Job and Pod. */
const GENERATED_NAME = new RegExp(`^([a-z][a-z0-9.-]{1,200}?)-(?:${SUFFIX}{6,10}|\\d{8,10})(?:-${SUFFIX}{5})?$`)

const RANDOM: readonly RegExp[] = [
  /^[\w-]{0,20}?eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*$/,
  /^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i,
  /^(?:AKIA|ASIA)[A-Z0-9]{16}$/,
]
const HEX = /^(?:0x)?([0-9a-f]{16,}|[0-9A-F]{16,})$/
const MIN_HEX_CHARACTERS = 6
const TEMPLATE = /\$\([\w.-]{1,80}\)|\$\{[\w.-]{1,120}\}|\{\{[^{}"'`]{1,200}\}\}|%\([a-z_]{1,40}\)[sd]/g

export const isPublicForm = (text: string): boolean => PUBLIC.some((form) => form.test(text))

/** `10.0.0.0/8,fd00::/8` */
export function isPublicList(text: string): boolean {
  const items = text.split(/[,;|]\s?/)
  return items.length > 1 && items.every(isPublicForm)
}

/** The name from which a controller derived this one. Undefined if the text has another form. */
export const nameBeforeSuffix = (text: string): string | undefined => GENERATED_NAME.exec(text)?.[1]

export function isRandomForm(text: string): boolean {
  if (RANDOM.some((form) => form.test(text))) return true
  const hex = HEX.exec(text)?.[1]
  return hex !== undefined && /[a-f]/i.test(hex) && /[0-9]/.test(hex) && new Set(hex).size >= MIN_HEX_CHARACTERS
}

/** Removes placeholders of templates: `$(POD_NAME)`, `${HOST}`, `{{ .Values.x }}`. Not those with a text, which may be a secret: `${PASSWORD:-…}`. */
export const withoutTemplates = (text: string): string => (/[${%]/.test(text) ? text.replace(TEMPLATE, ' ') : text)
