// From these values on a person should look, or act (ecs 8). Panels and alert rules take them from here.

/** Limits of the family; `warning` and `critical` are the severities of what is reached. */
export const ecsLimits = {
  /** Refusals of one number in 5 minutes: this many times the day's mean, and more than so many. */
  surge: { times: 5, events: 30 },
  /** Refusals of a number in 15 minutes that was not seen for weeks. */
  newNumber: { info: 5 },
  /** Registrations refused in 5 minutes. */
  refused: { seen: 1, warning: 10 },
  /** Registrations refused for want of capacity in 5 minutes. */
  capacity: { critical: 1 },
  /** Users or devices affected at once, and forced unregistrations in 2 minutes. */
  dropped: { seen: 10, critical: 20 },
  /** Maintenance alarms of one type in 10 minutes. */
  alarms: { seen: 1, warning: 3 },
  /** Errors of one process in 5 minutes, and how many times the day's mean. */
  processErrors: { seen: 5, warning: 20, times: 3 },
  /** How far the log reaches back; meant for a log that rotates, so many files in 10 minutes. */
  retentionSeconds: { warning: 1800, critical: 900, rotations: 20 },
  /** Time since the newest file was written to. */
  stalledSeconds: { critical: 300 },
  /** Share of calls of a trunk that failed, of no fewer than so many attempts in 5 minutes. */
  sipFailed: { warning: 0.1, critical: 0.3, attempts: 20 },
  /** Share of calls of a trunk that ended with 5xx or 6xx, of as many. */
  sipServerFailed: { warning: 0.05, attempts: 20 },
  /** Answers 503 of a trunk in a minute. */
  sip503: { warning: 5 },
  /** Share of call attempts that were answered. */
  sipAnswered: { critical: 0.4, warning: 0.6 },
  /** Time until calls ring. */
  sipSetupMs: { warning: 2000, critical: 4000 },
  /** re-INVITEs for each new call in 5 minutes, of no fewer re-INVITEs than so many. */
  sipReinvites: { perCall: 10, messages: 50 },
  /** Calls received that neither rang nor failed, in 2 minutes in which no call rang. */
  sipUnanswered: { critical: 5 },
  /** A trunk without messages while others talk; of no fewer messages in a day. */
  trunkSilence: { seconds: 300, messages: 100 },
  /** Silence of a CTI link that had no fewer messages in the hour before. */
  ctiSilence: { seconds: 300, messages: 300 },
  /** Time without a run of the backup, in seconds. */
  backupSilence: { seconds: 1800 },
  /** How full the partition of the backup is with the usual --max-used (80) when deleting no longer helps, in percent. */
  backupSpace: { critical: 81 },
  /** Share of records that could not be used, of no fewer than so many in 10 minutes. */
  rejected: { share: 0.01, records: 100 },
} as const;
