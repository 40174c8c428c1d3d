// From these values on a person should look, or act (cisco 24, grafana 11.5). Panels and alert rules take them from here.

/** Limits of the family; `warning` and `critical` are the severities of what is reached. */
export const ciscoLimits = {
  /** Services without any path. */
  down: { critical: 1 },
  /** Services on their backup at once. */
  onBackup: { warning: 1, critical: 5 },
  /** Services whose primary may have failed unreported. */
  suspect: { warning: 1 },
  /** Share of the known time that a service was up or on its backup. */
  availability: { warning: 0.999, critical: 0.995 },
  /** Seconds without any path in the range of a dashboard. */
  downtimeSeconds: { warning: 300, critical: 3600 },
  /** Losses of the backup in 30 minutes while the primary is down. */
  backupLosses: { critical: 5 },
  /** Losses of one end of a link in an hour. */
  flaps: { warning: 6, critical: 20 },
  /** Drops and tries of a service in 24 hours. */
  blips: { warning: 10 },
  /** Windows in a row that the test of a backup failed; share of the sites that failed one, of no fewer sites than so many. */
  tests: { inRow: 2, share: 0.5, sites: 4 },
  /** Reboots that nobody ordered, in 15 minutes and in 24 hours. */
  reboots: { warning: 1, critical: 3 },
  /** Share of the messages that were lost in 15 minutes, of no fewer than so many. */
  lost: { warning: 0.02, critical: 0.1, messages: 200 },
  /** Share of the messages in an hour that came after the look-ahead, of no fewer than so many. */
  overdue: { info: 0.01, messages: 200 },
  /** Share of the lines in an hour that were not understood, of no fewer than so many. */
  unparsed: { info: 0.01, lines: 200 },
  /** Failed logins of a device in 5 minutes. */
  logins: { warning: 10 },
  /** Calls from numbers that nobody expects. */
  callers: { warning: 1 },
  /** Messages about the environment of severity 2 and worse in 5 minutes. */
  environment: { critical: 1 },
} as const;
