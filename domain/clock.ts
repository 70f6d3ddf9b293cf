/** The time, in milliseconds since the epoch. Injected, so that tests and replays control it. */
export type Clock = { nowMs(): number }
