import { helmSteps } from './helm/helm-steps.ts'
import { reads } from './kubectl/kubectl-reads.ts'
import { cordons, drains } from './kubectl/kubectl-nodes.ts'
import { streams } from './kubectl/kubectl-streams.ts'
import { writes } from './kubectl/kubectl-writes.ts'
import { clientGo, clientNode, plugins, python, talked } from './operations.ts'
import type { Command } from './compared-command.ts'

type Row = readonly [operation: string, result: string]

const SAME = 'same'
const rowOf = ({ name, differs }: Command): Row => [name, differs?.why ?? SAME]
const same = (name: string): Row => [name, SAME]

/** Operations for which the tests expect a difference. */
const NOTES: { readonly [operation in (typeof talked)[number]]?: string } = {
  'proxy, protobuf alone': '406: only JSON can be masked, and the answer says so',
  'debug waits for its approval': 'same, once an approver approves this exact operation (`pods/ephemeralcontainers`)',
  'drain is refused, and says that no grant helps': 'refused where the node is not cordoned yet: an agent never changes nodes',
}

const TABLES: { readonly [title: string]: readonly Row[] } = {
  'kubectl: reads': reads.map(rowOf),
  'kubectl: writes, under a grant': writes.map(rowOf),
  'kubectl: streams, under a grant': [...streams.map(rowOf), ...talked.map((name): Row => [name, NOTES[name] ?? SAME])],
  'kubectl: nodes, under a grant': [...drains, ...cordons].map(rowOf),
  'kubectl: our plugins, from 1.29 on': plugins.map((name): Row => [name, 'works']),
  'helm 4 and 3, under a grant': helmSteps.map(rowOf),
  'client-go (protobuf, informers, dynamic client, WebSocket and SPDY)': clientGo.map(same),
  '@kubernetes/client-node': clientNode.map(same),
  'the Python client (`kubernetes` of PyPI)': python.map(same),
}

const escaped = (text: string): string => text.replaceAll('|', '\\|')

/** The tables of docs/reference/clients.md: what the tests of this folder run and expect. */
export const tables = (): string =>
  Object.entries(TABLES)
    .map(
      ([title, rows]) =>
        `## ${title}\n\n| operation | through the gateway |\n|---|---|\n${rows.map((row) => `| ${row.map(escaped).join(' | ')} |\n`).join('')}`,
    )
    .join('\n')
