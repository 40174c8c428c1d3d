// From these values on a person should look at the alerts themselves. The dashboard `Alerts history` and the rules about
// alerts take them from here.

/** Limits of what the alert receiver stores (grafana 11.8 and 12). */
export const receiverLimits = {
  /** Alerts that fire at once. */
  firing: { warning: 1, critical: 5 },
  /** How long one alert fires before somebody should ask why nobody cares. */
  firingSeconds: { long: 24 * 3600 },
  /** Median time until an alert is resolved. */
  resolvedSeconds: { warning: 3600, critical: 4 * 3600 },
  /** Alerts raised within ten minutes. */
  storm: { raised: 20 },
  /**
   * Times one rule is raised on one host within an hour, resolved in between. Grafana tells of a group of warnings
   * every five minutes, so that more than six cannot be seen at all.
   */
  flapping: { raised: 4 },
  /** Raised so often a day, so many times at least, and over so soon: the table of nervous rules. */
  nervous: { perDay: 5, times: 2, seconds: 600 },
} as const;
