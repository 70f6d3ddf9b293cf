import { exitCodes } from '../help-codes.ts'

export const REPLAY = `Show what agents did: every request with its decision and outcome, and terminal sessions. Without --records, one session of the cluster, by its name
in "kubectl certify sessions". With --records, a folder of records, without a cluster. Does not check the records; use verify for that.

Examples:
  # A session of the cluster, and its terminal; play it with: asciinema play session.cast
  kubectl certify sessions
  kubectl certify replay 6f1c0b7e2a9d4c55b8e01f3a7d92c640-20261125t120000z
  kubectl certify replay 6f1c0b7e2a9d4c55b8e01f3a7d92c640-20261125t120000z --output=cast > session.cast

  # Every session of a folder, oldest first.
  kubectl certify replay --records ./records

  # One session of it, limited to the last hour.
  kubectl certify replay 6f1c0b7e --records ./records --since=1h

Flags:
      --records=DIR           a folder of records, instead of the cluster
      --since=1h|TIME         only requests newer than a duration (1h) or a time (2026-11-25T12:00:00Z)
      --audit-id=ID           only this request
  -o, --output=text|json|cast text: a timeline; json: one event per line; cast: asciicast v2 of one exec or attach

${exitCodes(6)}

Usage: kubectl certify replay SESSION [flags]
       kubectl certify replay [SESSION] --records=DIR [flags]
`
