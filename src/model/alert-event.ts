// The measurements of the alert receiver: what fired and was resolved, and how much fires now (grafana 14.7).
import { counter, gauge, measurement, tag, text } from './catalogue.ts';

/** Label `service` of rules about alerts themselves: what watches alerts leaves these out, or it would feed itself. */
export const alertsService = 'alerts';

/** How often the number of open alerts is written. */
export const alertStateIntervalMs = 30_000;

/** The longest summary that is stored, in characters. */
export const maxSummaryLength = 300;

/**
 * One point per change of an alert, stamped with its start (firing) or its end (resolved). Several alerts with the
 * same tags and time are kept apart by single milliseconds. The common tag `host` is the alert's label `host`.
 */
export const alertEvent = measurement({
  name: 'alert_event',
  help: 'Alerts that Grafana told the receiver of: when they began to fire and when they were resolved.',
  isInstant: true,
  tags: {
    alertname: tag('title of the rule'),
    severity: tag('label severity of the rule', 20),
    service: tag('label service of the rule; `alerts` is about alerts themselves', 200),
    status: tag('firing or resolved', 2),
  },
  fields: {
    raised: counter('alerts', '1 when the alert began to fire, 0 when it was resolved'),
    deliveries: counter('notifications', '1; repeats of a notification are not stored'),
    duration_s: gauge('s', 'from start to end, of resolved alerts'),
    fingerprint: text('the same for one alert over time'),
    summary: text('annotation summary, up to 300 characters'),
    url: text('panel, dashboard or rule in Grafana'),
  },
});

/**
 * One point per alert raised, beside that of `alertEvent` and with its time, with the hour and day on the receiver's
 * clock: InfluxQL knows no hour of a day.
 */
export const alertEventHourly = measurement({
  name: 'alert_event_hourly',
  help: 'Alerts raised, by hour of the day and day of the week in the zone of the receiver.',
  isInstant: true,
  tags: {
    alertname: tag('title of the rule'),
    severity: tag('label severity of the rule', 20),
    service: tag('label service of the rule', 200),
    hour: tag('00 to 23', 24),
    weekday: tag('1 (Monday) to 7 (Sunday)', 7),
  },
  fields: { raised: counter('alerts', '1 when the alert began to fire') },
});

/** How many alerts fire, every 30 s. */
export const alertState = measurement({
  name: 'alert_state',
  help: 'Alerts that fire now, as far as Grafana told the receiver.',
  isInstant: true,
  tags: {},
  fields: {
    firing: gauge('alerts', 'alerts that were raised and not resolved', 'last', 'integer'),
    oldest_s: gauge(
      's',
      'for how long the oldest of them has been firing, 0 when there is none; those with the service `alerts` are left out',
    ),
  },
});
