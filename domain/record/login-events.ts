import { choice, count, optional, text, word } from './event-fields.ts'

const client = word('Client, as the configuration of login names it.', 63)
const upstream = word('ID of the upstream.', 63)
const address = optional(word('Network address of the browser or program. Absent when unknown.', 64))
const grant = choice('Way to the token, as the configuration names it.', [
  'AuthorizationCode',
  'DeviceCode',
  'RefreshToken',
  'TokenExchange',
  'SAMLAssertion',
])

/** Events of login. Nothing that anonymous visitors cause is among them. */
export const LOGIN_EVENTS = {
  'login.signed-in': {
    subject: word('Name of the person, as in `sub` of their tokens.'),
    client,
    upstream,
    address,
  },
  'login.sign-in-refused': {
    subject: text('Name that the upstream gave, without the prefix of login. No token has it.'),
    client: optional(word('Client, as the configuration of login names it. Absent when unknown.', 63)),
    upstream,
    address,
    message: text('Why the person was refused.'),
  },
  'login.token-issued': {
    jti: word('ID of the token, its claim `jti`. For an ID token at kube-apiserver, the Kubernetes audit log has it as credential ID.', 64),
    subject: word('Name of the person, or of the agent when no human is named: the claim `sub`.'),
    actor: optional(word('Agent that acts for the subject: `act.sub`. Absent when there is none.')),
    client,
    audience: word('Audience of the token: the claim `aud`.', 512),
    grant,
    seconds: count('Lifetime of the token, in seconds.'),
    address,
  },
  'login.token-refused': {
    subject: optional(word('Person whose code or refresh token was presented. Absent when it is nobody known.')),
    client,
    grant: optional({ ...grant, meaning: 'Way to the token, as the configuration names it. Absent when it is none of them.' }),
    code: count('HTTP status of the refusal.'),
    reason: word('Error code of OAuth, for example invalid_grant.', 128),
    message: optional(text('Why the token was refused; the client learns less. Absent when the error code suffices.')),
    address,
  },
  'login.signed-out': {
    subject: word('Name of the person, as in `sub` of their tokens.'),
    how: choice(
      'What ended. Browser: the session of one browser. Everywhere: all sign-ins, by the person. Upstream: all sign-ins, by single logout of the identity provider.',
      ['Browser', 'Everywhere', 'Upstream'],
    ),
    address,
  },
  'login.unrecorded': {
    subject: optional(word('Person or agent of the refusals and sign-outs. Absent when only the client is known.')),
    client: optional(word('Client of the refusals. Absent when a person or agent is known.', 63)),
    count: count(
      'Number of refusals and sign-outs since the last such line that were not recorded individually: they filled the records too quickly.',
    ),
  },
} as const
