/** The time as milliseconds since the epoch. Passed in, so that tests and replays own it. */
export type Clock = { nowMs(): number }
