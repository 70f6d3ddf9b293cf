/** The flags of `kubectl certify login`, apart from the command so that they load without it. */
export const LOGIN_FLAGS = ['issuer', 'client', 'scope', 'ca-file', 'client-secret-file', 'port', 'device', 'setup', 'logout', 'name', 'yes'] as const
