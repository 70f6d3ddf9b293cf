// The start of every npm script: sees to node_modules, then hands over to the Node that the project pins. Runs on the Node that a
// machine happens to have (>= 20.19), with nothing installed, so: plain JavaScript and node: builtins only.
// usage: node hack/run.mjs TARGET [ARG]...    TARGET: a file of this project, or the name of a program in node_modules/.bin
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath, pathToFileURL } from 'node:url'

const OLDEST_MAJOR = 24

/**
 * Whether node_modules is what package-lock.json says. npm leaves a copy of it there, without the root and with what is optional
 * and foreign to this machine left out, so every package that is there must have the version and integrity that the lock has.
 */
export function isInstalled(root) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  let wanted, found
  try {
    wanted = read('package-lock.json')
    found = read('node_modules/.package-lock.json')
  } catch {
    return false
  }
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const here = found[path]
    if (here === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true
    return here.version === entry.version && here.integrity === entry.integrity
  })
}

/** The project's own Node where npm has one for this machine, else the user's, if it is new enough. Throws in words for the user. */
export function findNode(root, { execPath, version }) {
  const own = join(root, 'node_modules/.bin/node')
  if (existsSync(own)) return own
  if (Number(version.split('.')[0]) >= OLDEST_MAJOR) return execPath
  throw new Error(
    `This needs Node >= ${OLDEST_MAJOR}. npm has none to pin for ${process.platform}-${process.arch}, and yours is ${version}: install one (https://nodejs.org).`,
  )
}

/** The command line of a target: a TypeScript file runs unbuilt, by type stripping; anything else is a program of node_modules. */
export function commandOf(root, target) {
  if (/[.](ts|mjs)$/.test(target)) return resolve(root, target)
  const bin = JSON.parse(readFileSync(join(root, 'node_modules', target, 'package.json'), 'utf8')).bin
  return join(root, 'node_modules', target, typeof bin === 'string' ? bin : bin[target])
}

function install(root) {
  process.stderr.write('node_modules is missing or not what package-lock.json says: npm ci …\n')
  const started = Date.now()
  // npm's own script beside this Node where it is known (npm run), so that no shell and no other npm comes in between.
  const npm = process.env.npm_execpath
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const { status, error } = spawnSync(command, [...args, 'ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  })
  if (error !== undefined) throw new Error(`npm did not start: ${error.message}`)
  if (status !== 0) throw new Error(`npm ci ended with code ${status}`)
  process.stderr.write(`installed in ${Math.round((Date.now() - started) / 1000)} s\n`)
}

/** Two scripts at once on a fresh clone must not both install: the second waits for the first, or for the end of its process. */
function installOnce(root) {
  const lock = join(tmpdir(), `jit-access-npm-ci-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.pid`)
  for (let told = false; !isInstalled(root);) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!told) process.stderr.write('another script installs node_modules; waiting for it …\n')
      told = true
      if (!isAlive(lock)) rmSync(lock, { force: true })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      continue
    }
    try {
      install(root)
      if (!isInstalled(root)) throw new Error('npm ci ended well and node_modules is still not what package-lock.json says')
    } finally {
      rmSync(lock, { force: true })
    }
  }
}

function isAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // Empty: its writer is between creating and writing, unless that was long ago.
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs < 5000
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function handOver(root, [target, ...args]) {
  const node = findNode(root, { execPath: process.execPath, version: process.versions.node })
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}` }
  const child = spawn(node, [commandOf(root, target), ...args], { stdio: 'inherit', env })
  // A terminal sends Ctrl-C to the child itself; passed on, it would come twice, and twice means at once and not in order.
  const atTerminal = [0, 1, 2].some((stream) => isatty(stream))
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => atTerminal || child.kill(signal))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', (error) => fail(`${node} did not start: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
  try {
    if (process.argv.length < 3) throw new Error('usage: node hack/run.mjs TARGET [ARG]...')
    installOnce(root)
    handOver(root, process.argv.slice(2))
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}
