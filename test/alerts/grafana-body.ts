// Bodies as Grafana's webhook contact point sends them, with what a test wants changed.

/** Any JSON object. */
export type Json = Record<string, unknown>;

/** The alert of the documentation; `undefined` removes a key. */
export function alertJson(changes: Json = {}): Json {
  return {
    status: 'firing',
    labels: {
      alertname: 'SIP server error ratio high',
      grafana_folder: 'Switchboard Alerts',
      host: 'sbc1',
      severity: 'critical',
      service: 'sip',
    },
    annotations: { summary: '7.5 % of INVITEs fail with 5xx on sbc1' },
    startsAt: '2026-03-02T10:15:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://localhost:3000/alerting/grafana/sb-sip-5xx-ratio/view?orgId=1',
    fingerprint: 'c6eadffa33fcdf37',
    silenceURL: 'http://localhost:3000/alerting/silence/new?alertmanager=grafana&matcher=x',
    dashboardURL: 'http://localhost:3000/d/sb-sip?from=1772442900000&orgId=1&to=1772446560000',
    panelURL: 'http://localhost:3000/d/sb-sip?from=1772442900000&orgId=1&to=1772446560000&viewPanel=12',
    ruleUID: 'sb-sip-5xx-ratio',
    values: { B: 7.5, C: 1 },
    valueString: "[ var='B' labels={host=sbc1} value=7.5 ]",
    orgId: 1,
    ...changes,
  };
}

/** The same alert, resolved 5 minutes later. */
export function resolvedJson(changes: Json = {}): Json {
  return alertJson({ status: 'resolved', endsAt: '2026-03-02T10:20:00Z', ...changes });
}

/** A whole body; the documentation's with one alert unless others are given. */
export function bodyJson(alerts: readonly Json[] = [alertJson()], changes: Json = {}): Json {
  return {
    receiver: 'switchboard-receiver',
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    groupLabels: { alertname: 'SIP server error ratio high' },
    commonLabels: { severity: 'critical' },
    commonAnnotations: {},
    externalURL: 'http://localhost:3000/',
    appVersion: '13.2.3',
    version: '1',
    groupKey: '{}/{severity="critical"}:{alertname="SIP server error ratio high"}',
    truncatedAlerts: 0,
    orgId: 1,
    title: '[FIRING:1] SIP server error ratio high (critical)',
    state: 'alerting',
    message: '**Firing** ...',
    ...changes,
  };
}
