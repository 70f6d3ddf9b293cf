import type { Kubectl } from '../kubectl.ts'

type Pod = {
  readonly metadata: { readonly name: string }
  readonly status: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** What an admin would look at: our pods that are not ready, the end of their logs, and the last events. Never rejects. */
export async function whyNotReady(kubectl: Kubectl): Promise<string> {
  const ask = (...args: string[]): Promise<string> => kubectl(['-n', 'jit-system', ...args]).catch((error: unknown) => String(error))
  const lines = [await ask('get', 'pods', '-o', 'wide')]
  const { items } = await ask('get', 'pods', '-o', 'json').then(
    (text) => JSON.parse(text) as { readonly items: readonly Pod[] },
    () => ({ items: [] }),
  )
  for (const { metadata, status } of items) {
    if (status.phase === 'Succeeded' || status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')) continue
    lines.push(`--- the log of ${metadata.name}`, await ask('logs', metadata.name, '--tail=8'))
  }
  lines.push('--- the last events', (await ask('get', 'events', '--sort-by=.lastTimestamp')).split('\n').slice(-8).join('\n'))
  return lines.join('\n')
}
