import { createAuthority, type Authority, type Pair } from '../../hack/cluster/certificate-authority.ts'

const authorities = new Map<string, Promise<Authority>>()
const pairs = new Map<string, Promise<Localhost>>()

/** An authority with this name, the same for all tests of a process: its key takes longer to make than most tests that need one. */
export function authorityOf(name: string): Promise<Authority> {
  const made = authorities.get(name) ?? createAuthority(name)
  authorities.set(name, made)
  return made
}

export type Localhost = Pair & { /** The certificate of the authority that signed it. */ readonly ca: string }

/** A certificate for localhost and 127.0.0.1, the same for all tests of a process. Each name has its own authority. */
export function localhost(name: string): Promise<Localhost> {
  const made = pairs.get(name) ?? issueFrom(authorityOf(name))
  pairs.set(name, made)
  return made
}

async function issueFrom(made: Promise<Authority>): Promise<Localhost> {
  const authority = await made
  const pair = await authority.issue({ commonName: 'localhost', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  return { ...pair, ca: authority.cert }
}
