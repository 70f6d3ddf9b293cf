/**
 * Tokens that are recognized by their beginning. The list was written from the issuers' documentation of their formats and not copied from
 * an existing pattern list. Not covered: secrets without a distinctive form, which can be recognized only by their value.
 *
 * All of it is data for a single pass of token-scanner.ts, without regular expressions that text chosen by an agent could slow down.
 */

/** Sets of characters, one bit each. */
export const RUN = 1 // every character that a token may contain; any other character ends a token
export const ALNUM = 2
export const WORD = 4 // and _
export const URL_SAFE = 8 // and _ and -
export const BASE64 = 16 // alphanumeric, + / =
export const HEX = 32
export const CAPITALS = 64 // A-Z 0-9
export const SMALL = 128 // a-z 0-9
export const PATH = 256 // URL_SAFE and /

const characters: readonly [bit: number, pattern: RegExp][] = [
  [RUN, /[\w+/=.-]/],
  [ALNUM, /[A-Za-z0-9]/],
  [WORD, /\w/],
  [URL_SAFE, /[\w-]/],
  [BASE64, /[A-Za-z0-9+/=]/],
  [HEX, /[0-9a-f]/],
  [CAPITALS, /[A-Z0-9]/],
  [SMALL, /[a-z0-9]/],
  [PATH, /[\w/-]/],
]

/** The sets that each byte belongs to. */
export const classes: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  const character = byte < 128 ? String.fromCharCode(byte) : ' '
  return characters.reduce((bits, [bit, pattern]) => (pattern.test(character) ? bits | bit : bits), 0)
})

export type TokenPart = {
  readonly of: number
  /** Minimum number of characters. If this is the last part, they make it a token. */
  readonly least: number
  /** A longer part is not a token. */
  readonly most?: number
  /** A part of this length is a token whatever follows, so that no more must be held back. */
  readonly enough?: number
  /** The prefix of the part, after a full stop. For all parts except the first, whose prefix is that of the form. */
  readonly begins?: string
}

export type TokenForm = {
  readonly begins: string
  readonly parts: readonly [TokenPart, ...TokenPart[]]
  /** How many characters of `begins` are not secret and stay visible. Defaults to none. */
  readonly keeps?: number
}

const one = (of: number, least: number, most?: number): [TokenPart] => [{ of, least, ...(most === undefined ? {} : { most }) }]
const each = (names: string, parts: [TokenPart, ...TokenPart[]]): TokenForm[] => names.split(' ').map((begins) => ({ begins, parts }))
const after = (begins: string, parts: [TokenPart, ...TokenPart[]]): TokenForm => ({ begins, parts, keeps: begins.length })

/** Three parts of JSON Web Signature (RFC 7515): ServiceAccount tokens, ID tokens. Without a signature it is not a token. */
const JWT: [TokenPart, ...TokenPart[]] = [
  { of: URL_SAFE, least: 12, most: 2048 },
  { begins: 'eyJ', of: URL_SAFE, least: 8, enough: 16_384 },
  { of: URL_SAFE, least: 16 },
]

export const forms: readonly TokenForm[] = [
  { begins: 'eyJ', parts: JWT },
  // Source code and packages: GitHub, GitLab, npm, PyPI, RubyGems, Docker Hub, Hugging Face.
  ...each('ghp_ gho_ ghu_ ghs_ ghr_', one(WORD, 36)),
  ...each('github_pat_', one(WORD, 50)),
  ...each('glpat- gldt- glrt- glrtr- glcbt- glptt- glft- glsoat- glagent- gloas- glimt- glffct-', one(URL_SAFE, 20)),
  ...each('npm_', one(ALNUM, 36)),
  ...each('pypi-AgE', one(URL_SAFE, 50)),
  ...each('rubygems_', one(HEX, 48)),
  ...each('dckr_pat_ dckr_oat_', one(URL_SAFE, 20)),
  ...each('hf_', one(ALNUM, 30)),
  // Clouds: AWS (the key ID and, by its variable, the key), Google, DigitalOcean, Azure, Databricks, Fly, Tailscale, Netlify, Supabase,
  // PlanetScale.
  ...each('AKIA ASIA', one(CAPITALS, 16, 16)),
  ...['AWS_SECRET_ACCESS_KEY=', 'aws_secret_access_key='].map((name) => after(name, one(BASE64, 40))),
  ...['AWS_SESSION_TOKEN=', 'aws_session_token='].map((name) => after(name, one(BASE64, 64))),
  ...each('AIza', one(URL_SAFE, 35)),
  ...each('ya29.', one(URL_SAFE, 30)),
  ...each('GOCSPX-', one(URL_SAFE, 24)),
  ...each('dop_v1_ doo_v1_ dor_v1_', one(HEX, 60)),
  ...['AccountKey=', 'SharedAccessKey='].map((name) => after(name, one(BASE64, 40))),
  ...each('dapi', one(HEX, 32, 32)),
  ...each('fm2_', one(BASE64, 80)),
  ...each('tskey-auth- tskey-api- tskey-client-', one(URL_SAFE, 20)),
  ...each('nfp_', one(ALNUM, 36)),
  ...each('sbp_', one(HEX, 40)),
  ...each('pscale_tkn_ pscale_pw_ pscale_oauth_', one(URL_SAFE, 32)),
  // AI models: OpenAI, Anthropic, OpenRouter (all sk-), Groq, xAI, Perplexity, Replicate.
  ...each('sk-', one(URL_SAFE, 40)),
  ...each('gsk_', one(ALNUM, 40)),
  ...each('xai-', one(ALNUM, 60)),
  ...each('pplx-', one(ALNUM, 40)),
  ...each('r8_', one(ALNUM, 37)),
  // Payment, messaging, collaboration: Stripe, Shopify, Slack, Discord, SendGrid, Linear, Notion, Postman, Atlassian.
  ...each('sk_live_ rk_live_ sk_test_ rk_test_', one(ALNUM, 20)),
  ...each('whsec_', one(BASE64, 24)),
  ...each('shpat_ shpca_ shppa_ shpss_', one(HEX, 32)),
  ...each('xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xapp-', one(URL_SAFE, 20)),
  after('hooks.slack.com/services/', one(PATH, 40)),
  after('discord.com/api/webhooks/', one(PATH, 60)),
  {
    begins: 'SG.',
    parts: [
      { of: URL_SAFE, least: 16, most: 64 },
      { of: URL_SAFE, least: 32 },
    ],
  },
  ...each('lin_api_', one(ALNUM, 32)),
  ...each('ntn_', one(ALNUM, 40)),
  ...each('PMAK-', one(URL_SAFE, 50)),
  ...each('ATATT3 ATCTT3', one(URL_SAFE, 60)),
  // Infrastructure: Vault, Grafana, New Relic, Sentry, Pulumi, Doppler, age, kubeadm.
  ...each('hvs. hvb. hvr.', one(URL_SAFE, 24)),
  ...each('glsa_', one(WORD, 32)),
  ...each('glc_', one(BASE64, 32)),
  ...each('NRAK-', one(CAPITALS, 27)),
  ...each('sntrys_ sntryu_', one(BASE64, 40)),
  ...each('pul-', one(HEX, 40)),
  ...each('dp.pt. dp.st. dp.ct. dp.sa.', one(ALNUM, 40)),
  ...each('AGE-SECRET-KEY-1', one(CAPITALS, 50)),
  after('--token=', [
    { of: SMALL, least: 6, most: 6 },
    { of: SMALL, least: 16, most: 16 },
  ]),
]

/** `kubeadm join --token ID.SECRET`, recognized by the text before it. */
export const BOOTSTRAP: TokenForm = after('', [
  { of: SMALL, least: 6, most: 6 },
  { of: SMALL, least: 16, most: 16 },
])
/** The first line of a private key, after `-----BEGIN … PRIVATE KEY-----`; the lines after it; a line separated from the last by a space. */
export const KEY_BEGIN: TokenForm = after('', one(BASE64, 20))
export const KEY_LINE: TokenForm = after('', one(BASE64, 1))
export const KEY_ON: TokenForm = after('', one(BASE64, 16))

/** Every token, including its beginning, has at least this length. Shorter runs of characters are skipped. */
export const SHORTEST_TOKEN = 20
