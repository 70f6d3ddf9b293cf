import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

const DEBIAN = '/usr/bin/chromium'

export type Variables = { readonly [name: string]: string | undefined }

/** The Chromium of `CHROMIUM`, or that of Debian. Undefined where there is none. */
export function findChromium({ CHROMIUM }: Variables): string | undefined {
  if (CHROMIUM !== undefined && CHROMIUM !== '') return existsSync(CHROMIUM) ? CHROMIUM : undefined
  return existsSync(DEBIAN) ? DEBIAN : undefined
}

export const NO_CHROMIUM = 'there is no Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to the program'

async function run(program: string, ...args: readonly string[]): Promise<boolean> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  const [code] = (await once(child, 'close')) as [number | null]
  return code === 0
}

/** Installs Debian's Chromium where that is possible: as root on Debian, and without one. Says what it does, and never rejects. */
export async function installChromium(variables: Variables, say: (line: string) => void): Promise<void> {
  if (findChromium(variables) !== undefined || variables['CHROMIUM'] || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  say('there is no Chromium: apt-get install chromium …')
  const isInstalled = await run('apt-get', 'update', '-qq').then(
    () => run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium'),
    () => false,
  )
  if (!isInstalled) say('apt-get did not install Chromium; its messages above say why')
}
