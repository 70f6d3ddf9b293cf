import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PARTS, partsOf } from '../../../../domain/mask/match/value-parts.ts'
import { cheapestOf } from '../../../measure/processor-cost.ts'
import { ORDINARY_VALUES } from '../ordinary-values.ts'
import { RANDOM_VALUES } from '../random-values.ts'
import { base64 } from '../mask-fixtures.ts'

const textsOf = (value: string | Buffer, name = 'data', kind: 'strong' | 'weak' = 'strong') =>
  partsOf(name, Buffer.from(value))
    .parts.filter(({ strong }) => strong === (kind === 'strong'))
    .map(({ bytes }) => bytes.toString())

const pem = (label: string, lines: readonly string[]) => `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`

const STRUCTURES: Readonly<Record<string, (secret: string) => string>> = {
  alone: (secret) => secret,
  'with a line end': (secret) => `${secret}\n`,
  'a field of JSON': (secret) => JSON.stringify({ auths: [{ user: 'orders-app', deep: { client_secret: secret } }], port: 5432 }),
  'a key of JSON': (secret) => JSON.stringify({ [secret]: { user: 'orders-app' } }),
  'a docker config': (secret) => JSON.stringify({ auths: { 'registry.example.com': { auth: base64(`robot:${secret}`) } } }),
  'a kubeconfig': (secret) =>
    `apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:6443\nusers:\n- name: admin\n  user:\n    token: ${secret}\n`,
  'a key in a kubeconfig': (secret) => `users:\n- user:\n    client-key-data: ${base64(pem('EC PRIVATE KEY', [base64(secret + secret), 'short']))}\n`,
  'a key in JSON': (secret) => JSON.stringify({ type: 'service_account', private_key: pem('PRIVATE KEY', [base64(secret + secret), 'short']) }),
  'a key in indented JSON': (secret) => JSON.stringify({ private_key: pem('PRIVATE KEY', [base64(secret + secret), 'short']) }, null, 2),
  'a key in a line of .env': (secret) => `APP=orders\nKEY="${pem('PRIVATE KEY', [base64(secret + secret)]).replaceAll('\n', '\\n')}"\nPORT=1\n`,
  'a list of YAML': (secret) => `passwords:\n  - changeme\n  - ${secret}\nport: 5432\n`,
  'a block of YAML': (secret) => `app:\n  token: |\n    ${secret}\n  name: orders\n`,
  'a flow of YAML': (secret) => `app: {name: orders, token: ${secret}}\n`,
  '.env': (secret) => `HOST=orders-db\nexport API_TOKEN="${secret}"\n# end\n`,
  properties: (secret) => `spring.datasource.username=orders\nspring.datasource.password = ${secret}\n`,
  ini: (secret) => `[default]\naws_access_key_id = orders\naws_secret_access_key = ${secret}\n`,
  'a connection string': (secret) => `Server=tcp:orders-db,1433;User Id=orders;Password=${secret};Encrypt=true;`,
  libpq: (secret) => `host=orders-db port=5432 user=orders password=${secret} sslmode=require`,
  'a URL': (secret) => `postgres://orders:${secret}@orders-db:5432/orders?sslmode=require`,
  'a URL of several': (secret) => `amqp://a.example,amqp://orders:${secret}@b.example/vhost`,
  'the path of a URL': (secret) => `https://hooks.slack.com/services/T0AB1CD2E/B0AB1CD2E/${secret}`,
  'the query of a URL': (secret) => `https://acme.blob.core.windows.net/backups?sv=2024-01-01&sp=rl&sig=${secret}`,
  'the userinfo of a URL': (secret) => `https://${secret}@github.com/acme/orders.git`,
  htpasswd: (secret) => `admin:$apr1$${secret}\n`,
  pgpass: (secret) => `orders-db:5432:orders:app:${secret}\n`,
  'user and password': (secret) => `orders-app:${secret}`,
  XML: (secret) => `<?xml version="1.0"?><settings><server><id>orders</id><password>${secret}</password></server></settings>`,
  CDATA: (secret) => `<settings><password><![CDATA[${secret}]]></password><note><![CDATA[a < b]]></note></settings>`,
  'an attribute': (secret) => `<Context><Resource name='jdbc/orders' password='${secret}' maxTotal="8"/></Context>`,
  'a comment of XML': (secret) => `<settings>\n  <!-- token: ${secret} -->\n  <id>orders</id>\n</settings>`,
  PHP: (secret) => `<?php\ndefine( 'DB_PASSWORD', '${secret}' );\n$db->open( 'orders' );\nif ( $a > 1 ) { run(); }\n`,
  'a flag': (secret) => `redis-cli -h redis-master --pass ${secret} ping`,
  'a flag with a value': (secret) => `java -Xmx512m -Ddb.password=${secret} -jar orders.jar`,
  'a header': (secret) => `Authorization: Bearer ${secret}`,
  '.netrc': (secret) => `machine api.example.com login orders password ${secret}`,
  JAAS: (secret) => `org.apache.kafka.common.security.plain.PlainLoginModule required username="orders" password="${secret}";`,
  'base64 in base64': (secret) => base64(base64(base64(`the token is ${secret}`))),
  'JSON in YAML': (secret) => `config.json: '{"token": "${secret}"}'\nname: orders\n`,
  'a line of many': (secret) => `some words\n${secret}\nmore words\n`,
}

describe('a strong part is found in any structure, without the text around it', () => {
  const secrets = fc.oneof(RANDOM_VALUES['letters and digits'] as fc.Arbitrary<string>, RANDOM_VALUES['hex'] as fc.Arbitrary<string>)
  it.each(Object.entries(STRUCTURES))('%s', (kind, structure) => {
    for (const secret of fc.sample(
      secrets.filter((each) => each.length >= 12),
      { numRuns: 60, seed: 4 },
    )) {
      const strong = textsOf(structure(secret))
      const wanted = kind === 'htpasswd' ? `$apr1$${secret}` : kind.startsWith('a key in') ? base64(secret + secret) : secret
      expect(strong).toContain(wanted)
      // Otherwise only base64 forms that contain it.
      expect(strong.filter((text) => text !== wanted && !/^[A-Za-z0-9+/]+=*$/.test(text))).toEqual([])
    }
  })
})

const CERTIFICATE =
  'MIIBdjCCAR2gAwIBAgIUdvtJA5Fpwy6cg7DZBOBOKL8RRhYwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGb3JkZXJzMB4XDTI2MTEyOTIwNDEwMVoXDTM2MTEyNjIwNDEwMVowETEPMA0GA1UEAwwGb3JkZXJzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGhCILI1uYijHDbNjYVPMxgjPD6uQPPJ3ktfMRbczyV/JA0LYMMd+eSqgvmyWv2CKkcR8ZqcHHU1GESjCIgo8raNTMFEwHQYDVR0OBBYEFIYrXS02nRgJlWDvD7bAii6qOD7qMB8GA1UdIwQYMBaAFIYrXS02nRgJlWDvD7bAii6qOD7qMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgPbAAcZW+cPQZd1DUFY23csgmRZe93AUJb3XNehh2SrQCIGc90dnSU02iXcVHiq8f8DNgm2airCx8RYIM6fMVksfm'
const PUBLIC_KEY = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGhCILI1uYijHDbNjYVPMxgjPD6uQPPJ3ktfMRbczyV/JA0LYMMd+eSqgvmyWv2CKkcR8ZqcHHU1GESjCIgo8rQ=='

describe('nothing of a text is strong that is public', () => {
  it.each([
    ['a certificate in base64', CERTIFICATE],
    ['a certificate in JSON', JSON.stringify({ certificate: CERTIFICATE, publicKey: PUBLIC_KEY })],
    ['a key of DKIM', `v=DKIM1; h=sha256; k=rsa; p=${PUBLIC_KEY}`],
    ['a sentence with a URL', 'More info: https://datatracker.ietf.org/doc/html/rfc5280#section-4.2.1.10'],
    ['a sentence with quotes', 'The default is `LegacyRC2`: use `Modern2023`.'],
    ['a statement of SQL', "GRANT ALL PRIVILEGES ON orders.* TO 'orders'@'%';"],
    ['a template of a workflow', 'cache-${{ runner.os }}-go-${{ env.GO_VERSION }}'],
  ])('%s', (_, value) => expect(textsOf(value)).toEqual([]))

  it('but is, if something follows a certificate', () => expect(textsOf(`${CERTIFICATE}AAAA`)).not.toEqual([]))
  it('and not a public key of SSH under the name of a key', () =>
    expect(textsOf(`ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${CERTIFICATE} root@bastion\n`, 'ssh_host_rsa_key.pub')).toEqual([]))
})

/** A password may have the shape of something else: a name and a value, an element, fields. */
describe('a random password is masked completely, whatever characters it has', () => {
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  it.each([
    ['letters and :', `${LETTERS}:::`, 24],
    ['letters and =', `${LETTERS}===`, 24],
    ['letters and blanks', `${LETTERS}  `, 24],
    ['punctuation', `${LETTERS}!@#$%^&*()-_=+[]{};:,.<>?/|~`, 20],
    ['UTF-8', 'äöüßéàçñøåžřкпрстуф日本語漢字パスワ한글비밀', 12],
  ])('%s', (_, unit, length) => {
    const random = fc.string({ unit: fc.constantFrom(...Array.from(unit)), minLength: length, maxLength: length })
    const passwords = fc.sample(fc.noBias(random), { numRuns: 300, seed: 12 }).filter((each) => each.trim() === each)
    const cut = passwords.filter((password) => !textsOf(password, 'password').includes(password))
    // A password that begins as user:password or as an element.
    expect(cut.length).toBeLessThanOrEqual(4)
  })
})

describe('a strong part is found beside a private key on one line', () => {
  const key = pem('PRIVATE KEY', ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw', 'kJ8vQ2mX7pLw9Zr4TtYb1NcHs6FgDeUa'])
  it.each([
    ['.env', (secret: string) => `KEY="${key.replaceAll('\n', '\\n')}"\nAPI_TOKEN=${secret}\nPORT=1\n`],
    ['JSON', (secret: string) => JSON.stringify({ private_key: key, client_secret: secret })],
    ['YAML', (secret: string) => `key: ${JSON.stringify(key)}\nclient_secret: ${secret}\n`],
  ])('%s', (_, structure) => {
    const strong = textsOf(structure('q7Lw2Zk9Xv4B'))
    for (const line of [...key.split('\n').slice(1, -2), 'q7Lw2Zk9Xv4B']) expect(strong).toContain(line)
    expect(strong).toHaveLength(3)
  })
})

const GLUED: Readonly<Record<string, (secret: string) => string>> = {
  '.npmrc': (secret) => `//registry.npmjs.org/:_authToken=${secret}\nalways-auth=true\n`,
  'base64 in .npmrc': (secret) => `//nexus.example/:username=ci\n//nexus.example/:_password=${base64(secret)}\n`,
  'a DSN of Go': (secret) => `orders:${secret}@tcp(orders-db:3306)/orders?parseTime=true`,
  'a connect string of Oracle': (secret) => `orders/${secret}@db.example:1521/ORDERS`,
  'a JDBC URL of Oracle': (secret) => `jdbc:oracle:thin:orders/${secret}@//db:1521/ORDERS`,
  'a form': (secret) => `grant_type=password&username=orders&password=${secret}&client_id=web`,
  'a form with escapes': (secret) => `username=orders&password=${[...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')}`,
  CSV: (secret) => `user,password\nalice,${secret}\nbob,changeme\n`,
  'a scheme of Dovecot': (secret) => `admin:{PLAIN}${secret}\n`,
  'a rule of Redis': (secret) => `user default on >${secret} ~* &* +@all\n`,
  'three quotes': (secret) => `[database]\npassword = """${secret}"""\n`,
  'a unit of systemd': (secret) => `[Service]\nEnvironment="DB_PASSWORD=${secret}" "LOG_LEVEL=info"\n`,
  'an option of one letter': (secret) => `mysql -h orders-db -u root -p${secret}`,
  'a header of curl': (secret) => `curl -H "Authorization: Bearer ${secret}" https://api.example/`,
  'a header of nginx': (secret) => `proxy_set_header Authorization "Basic ${base64(`orders:${secret}`)}";`,
  'a list': (secret) => `${secret},${secret.toUpperCase()}`,
  'a verifier of SCRAM': (secret) => `SCRAM-SHA-256$4096:${secret}`,
  'the end of a sentence': (secret) => `The password of the admin is ${secret}.`,
}

describe('a strong part is found where punctuation joins it with other words', () => {
  const secrets = (RANDOM_VALUES['letters and digits'] as fc.Arbitrary<string>).filter((each) => each.length >= 12)
  it.each(Object.entries(GLUED))('%s', (_, structure) => {
    for (const secret of fc.sample(secrets, { numRuns: 60, seed: 7 })) expect(textsOf(structure(secret))).toContain(secret)
  })

  it.each([
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    '2024-05-03T10:11:12.123456789Z',
    'quay.io/acme/config-reloader@sha256:4f3e1a0c2b5d6789e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7',
  ])('but not in a text that is public by its form: %s', (value) => expect(textsOf(value)).toEqual([]))
})

/** Ciphers, versions and places of databases are public. With a secret in them they are not. */
const LIKE_PUBLIC: Readonly<Record<string, (secret: string) => string>> = {
  'a cipher': (secret) => `PSK-${secret.toUpperCase()}-SHA256`,
  'a cipher of one word': (secret) => `RSA${secret.toUpperCase()}SHA256`,
  'a key exchange': (secret) => `curve25519-${secret.toLowerCase()}`,
  'a version with several commits': (secret) => `1.2-${hash('sha1', secret).replaceAll(/(.{10})(?=.)/g, '$1.')}`,
  'an unknown field of a TNS descriptor': (secret) => `(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521))(CONNECT_DATA=(SID=A)(PSWD=${secret})))`,
  'a later line of a TNS descriptor': (secret) => `(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521))\n(CONNECT_DATA=(PASSWORD=${secret})))`,
}

describe('a secret is found in what looks like a text that is public by its form', () => {
  const secrets = (RANDOM_VALUES['letters and digits'] as fc.Arbitrary<string>).filter((each) => each.length >= 14)
  it.each(Object.entries(LIKE_PUBLIC))('%s', (_, text) => {
    for (const secret of fc.sample(secrets, { numRuns: 60, seed: 9 })) {
      const value = text(secret)
      expect(textsOf(value)).toContain(value.includes(secret) ? secret : value)
    }
  })
})

describe('an ordinary value has no strong part, whatever it is taken apart into', () => {
  it.each(Object.entries(ORDINARY_VALUES))('%s', (_, values) =>
    expect(values.flatMap((value) => ['data', 'host', 'password'].flatMap((name) => textsOf(value, name)))).toEqual([]),
  )
})

describe('a value without a strong part is weak', () => {
  it.each([
    ['a password beside an expression', 'URL=^/api/(.*)$\nPASSWORD=changeme\n', ['changeme']],
    ['a URL with a usual password', 'postgres://app:postgres@db:5432/shop', ['postgres', 'postgres://app:postgres@db:5432/shop']],
    ['.env', 'HOST=orders-db\nDB_PASSWORD=changeme\n', ['changeme']],
    ['JSON', '{"user":"orders-app","password":"changeme"}', ['changeme', '{"user":"orders-app","password":"changeme"}']],
    ['a sentence', 'Deployment does not have minimum availability.', ['Deployment does not have minimum availability.']],
    ['a word', 'containers\n', ['containers']],
  ])('%s', (_, value, weak) => {
    expect(textsOf(value)).toEqual([])
    expect(textsOf(value, 'data', 'weak')).toEqual(weak)
  })

  it('a sentence under the name of a credential counts as a whole', () =>
    expect(textsOf('the containers are not ready', 'password', 'weak')).toEqual(['the containers are not ready']))

  it('a text longer than 256 bytes is left out', () => expect(textsOf('word '.repeat(60), 'password', 'weak')).toEqual([]))
})

describe('public parts are left out', () => {
  const line = 'MIIBszCCAVmgAwIBAgIUQmV4YW1wbGVDZXJ0aWZpY2F0ZUxpbmU'
  it.each([
    ['a certificate', pem('CERTIFICATE', [line])],
    ['a bundle', pem('CERTIFICATE', [line]).repeat(3)],
    ['a certificate in a kubeconfig', `clusters:\n- cluster:\n    certificate-authority-data: ${base64(pem('CERTIFICATE', [line]))}\n`],
    ['a public key', pem('PUBLIC KEY', [line])],
    ['a key of ssh', `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'kT5vXq82mLw0'.repeat(3)} admin@example.com`],
    ['a JSON Web Key', JSON.stringify({ kty: 'RSA', n: line, e: 'AQAB', kid: 'orders' })],
  ])('%s', (_, value) => expect(textsOf(value)).toEqual([]))

  it('but not the key next to a certificate', () =>
    expect(textsOf(pem('CERTIFICATE', [line]) + pem('PRIVATE KEY', [`${line}x1`]) + pem('CERTIFICATE', [line]))).toEqual([`${line}x1`]))
  it('but not text that only begins like a certificate', () => {
    expect(textsOf(`-----BEGIN CERTIFICATE-----\n${line}\n`)).toEqual([line])
    expect(textsOf(`-----BEGIN CERTIFICATE-----\n${line}\n-----END PRIVATE KEY-----`)).toEqual([line])
  })
  it('but not the private member of a JSON Web Key', () =>
    expect(textsOf(JSON.stringify({ kty: 'EC', x: line, d: 'kT5vXq82mLw0Zr19' }))).toEqual(['kT5vXq82mLw0Zr19']))
})

describe('splitting a hostile value is neither slow nor large', () => {
  const SIZE = 64 << 10
  const UNITS: readonly string[] = [
    '\n',
    ' ',
    'a1b2c3d4e5f6\n',
    'a=                \n',
    '-----BEGIN CERTIFICATE-----',
    '://a:',
    '://a:b@',
    '[',
    '"',
    'QUJD',
    'a: ',
    '<a>',
    '<a b="',
  ]
  it.each([
    ...UNITS,
    ';a=',
    ':',
    'a:b',
    '${',
    '{{',
    '\\n',
    '- ',
    'P@ssw0rd2024x\n',
    'kT5v-',
    'a.',
    'a@',
    '@',
    "'",
    '%41',
    '=',
    '&a=',
    '/a',
    'é',
    '\u0000',
  ])('repeated: %j', async (unit) => {
    const [small, large] = [SIZE, 4 * SIZE].map((size) => Buffer.from(unit.repeat(size / unit.length)))
    const cost = await cheapestOf(
      {
        small: () => partsOf('data', small as Buffer),
        large: () => partsOf('data', large as Buffer),
        hash: () => hash('sha256', large as Buffer),
      },
      3,
    )
    // At most linear, or cheap whatever the growth.
    expect(cost.large).toBeLessThan(Math.max(8 * cost.small, 100 * cost.hash))
    const { parts, cut } = partsOf('data', Buffer.from(unit.repeat((1 << 20) / unit.length)))
    expect(cut).toBe(true)
    expect(parts.length).toBeLessThanOrEqual(MAX_PARTS)
  })

  it('returns only parts of the value, for any bytes', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (name, value) => {
        for (const { bytes } of partsOf(name, Buffer.from(value)).parts) expect(Buffer.from(value).includes(bytes)).toBe(true)
      }),
    ))
})
