// @ts-check
import { replaceContent } from './fragment.js'

/** @typedef {{ title: string, waiting: string[], markup: string }} Inbox */
/** @typedef {{ inbox: Inbox } | { status: string }} Message */

const inbox = /** @type {HTMLElement} */ (document.querySelector('#inbox'))
const status = /** @type {HTMLElement} */ (document.querySelector('#live-status'))
const options = /** @type {HTMLElement} */ (document.querySelector('#live-options'))
const sound = /** @type {HTMLInputElement} */ (document.querySelector('#live-sound'))
const badge = /** @type {HTMLInputElement} */ (document.querySelector('#live-badge'))
const SUFFIX = document.title.slice(document.title.lastIndexOf(' · '))

/** Both are off until the user turns them on. The browser may forbid storage: then they last as long as the page. */
for (const option of [sound, badge]) {
  try {
    option.checked = localStorage.getItem(option.id) === 'on'
  } catch {}
  option.addEventListener('change', () => {
    try {
      localStorage.setItem(option.id, option.checked ? 'on' : 'off')
    } catch {}
    if (option === sound && sound.checked) beep()
    if (option === badge) showBadge(waiting?.size ?? 0)
  })
  // Another tab changed it.
  globalThis.addEventListener('storage', ({ key, newValue }) => {
    if (key === option.id) option.checked = newValue === 'on'
  })
}
options.hidden = false

/** A short tone. A browser that does not allow it before the first click stays silent. */
function beep() {
  const audio = new AudioContext()
  const tone = new OscillatorNode(audio, { frequency: 660 })
  const volume = new GainNode(audio, { gain: 0.1 })
  tone.connect(volume).connect(audio.destination)
  tone.addEventListener('ended', () => void audio.close())
  tone.start()
  tone.stop(audio.currentTime + 0.15)
}

/** @param {number} count */
function showBadge(count) {
  const shown = badge.checked && count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.()
  shown?.catch(() => undefined)
}

/** Names of what waited before. Undefined before the first message. @type {Set<string> | undefined} */
let waiting

/**
 * @param {Inbox} next
 * @param {boolean} isFirst whether this is the tab with the stream: of several tabs, one makes a sound
 */
function showInbox({ title, waiting: names, markup }, isFirst) {
  replaceContent(inbox, markup)
  document.title = `${title}${SUFFIX}`
  const heading = document.querySelector('h1')
  if (heading !== null) heading.textContent = title
  const before = waiting
  const added = before === undefined ? 0 : names.filter((name) => !before.has(name)).length
  waiting = new Set(names)
  status.textContent = added === 0 ? 'Updates by itself' : `${added} new`
  if (!isFirst) return
  if (added > 0 && sound.checked) beep()
  showBadge(names.length)
}

/**
 * @param {Message} message
 * @param {boolean} isFirst
 */
function show(message, isFirst) {
  if ('inbox' in message) showInbox(message.inbox, isFirst)
  else status.textContent = message.status
}

const { events = '', channel: name = '' } = inbox.dataset
/** Tabs of the session share one stream: a browser opens few connections to one host. */
const channel = new BroadcastChannel(`jit-inbox ${name}`)
channel.addEventListener('message', ({ data }) => show(data, false))

/** @param {Message} message */
function showEverywhere(message) {
  show(message, true)
  // A channel has no origin to name: it reaches only pages of this one.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel.postMessage(message)
}

/** Streams until the session ends. The browser connects again by itself after every other end. */
const stream = () =>
  new Promise((resolve) => {
    const source = new EventSource(events)
    const stop = (/** @type {string} */ text) => {
      source.close()
      showEverywhere({ status: text })
      resolve(undefined)
    }
    source.addEventListener('inbox', ({ data }) => showEverywhere({ inbox: JSON.parse(data) }))
    source.addEventListener('ended', () => stop('Your session has ended. Load again to sign in.'))
    source.addEventListener('error', () => {
      // The browser gives up only when the server refuses: nobody is signed in, or there are too many streams.
      if (source.readyState === EventSource.CLOSED) stop('This page no longer updates by itself. Load it again.')
    })
  })

void navigator.locks.request(`jit-inbox ${name}`, stream)
