import type { AccessSession } from '../../../domain/api/access-session.ts'
import type { TranscriptText } from '../../cluster/sessions.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { castPath, sessionPath } from '../../http/known-path.ts'

/** A terminal of a session: played by a script where there is one, and as text for everybody. */
export function terminalPage(session: AccessSession, stream: string, { text, cut }: TranscriptText): Html {
  const { name } = session.metadata
  const terminal = session.status?.terminals?.find(({ auditID }) => auditID === stream)
  return html`
    <p><a href="${sessionPath(name)}">The session of ${session.spec.username === '' ? 'an unknown agent' : session.spec.username}</a></p>
    ${terminal?.command === undefined ? undefined : html`<p>It ran <code>${terminal.command}</code></p>`}
    <div class="player" role="group" aria-label="Recording" data-cast="${castPath(name, stream)}"></div>
    <p><a class="button" href="${castPath(name, stream)}" download="${name}.cast">Download the recording</a></p>
    <section>
      <h2>Transcript</h2>
      <p class="quiet">What the terminal showed, as text without its control sequences. The agent and its programs wrote it.</p>
      <pre class="transcript" tabindex="0" role="region" aria-label="Transcript">${text === '' ? 'The terminal showed nothing.' : text}</pre>
      ${cut ? html`<p class="warning">The transcript is cut. The recording has everything.</p>` : undefined}
    </section>
  `
}
