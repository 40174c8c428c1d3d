// A night of a Cisco network for the test of the alert rules: for each rule some trouble, and some that only looks like it.

type Values = Readonly<Record<string, number>>;
type Tags = Readonly<Record<string, string>>;

/** Where the points go: one point so many minutes ago, or one every minute from so long ago until so long ago. */
export interface NightSink {
  put(name: string, tags: Tags, values: Values, minutesAgo: number): void;
  keep(name: string, tags: Tags, values: Values, from: number, to: number): void;
}

const host = 'noc';
const quietNight = { down: 0, on_backup: 0, suspect: 0, backup_losses: 0, hole: 0, quiet: 0, state: 3 };

/** Puts the points. */
export function ciscoNight({ put, keep }: NightSink): void {
  const service = (svc: string, values: Values, from = 60): void =>
    keep('cisco_service', { host, svc, site: svc }, { ...quietNight, ...values }, from, 1);
  service('up', {});
  service('down', { state: 1, down: 1 });
  service('down-planned', { state: 1, down: 1, quiet: 1 });
  service('down-in-hole', { state: 1, down: 1, quiet: 1, hole: 1 });
  service('on-backup', { state: 2, on_backup: 1 });
  service('backup-planned', { state: 2, on_backup: 1, quiet: 1 });
  service('flapping', { backup_losses: 5 });
  service('flapping-little', { backup_losses: 4 });
  service('flapping-in-hole', { backup_losses: 9, hole: 1 });
  service('suspect', { suspect: 1 });
  service('suspect-in-hole', { suspect: 1, hole: 1 });
  // It was down, and nobody has said anything of it for some minutes.
  keep('cisco_service', { host, svc: 'gone', site: 'gone' }, { ...quietNight, state: 1, down: 1 }, 60, 7);

  const flaps = (link: string, end: string, count: number, minutesAgo: number): void =>
    put('cisco_link_flap', { host, link, end }, { flaps: count, down_s: 5 }, minutesAgo);
  for (const end of ['a', 'b']) {
    flaps('flaps', end, 3, 50);
    flaps('flaps', end, 3, 5);
    // Both ends tell of three losses: that is three, not six.
    flaps('flaps-half', end, 3, 5);
    flaps('flapped', end, 6, 65);
  }

  const bucket = (svc: string, blips: number, minutesAgo: number): void =>
    put('cisco_service_bucket', { host, svc, site: svc }, { drops: blips, tries: 0, blips }, minutesAgo);
  bucket('weak', 6, 1000);
  bucket('weak', 4, 10);
  bucket('less-weak', 9, 10);
  bucket('less-weak', 9, 1500);

  const test = (site: string, failed: number, minutesAgo: number): void =>
    put(
      'cisco_backup_test',
      { host, site },
      { pass: Number(failed === 0), fail: Number(failed > 0), failed_in_row: failed, duration_s: 20 },
      minutesAgo,
    );
  test('t1', 2, 120);
  test('t2', 1, 120);
  test('t3', 1, 120);
  test('t4', 0, 120);
  // The last window of this one was the day before yesterday.
  test('t5', 7, 3000);
  for (const site of ['u1', 'u2', 'u3']) {
    put('cisco_backup_test', { host: 'noc-small', site }, { pass: 0, fail: 1, failed_in_row: 1, duration_s: 0 }, 60);
  }

  const trunk = (name: string, values: Values): void =>
    keep('cisco_trunk', { host, dev: 'core-1', trunk: name, kind: 'frame-relay' }, { quiet: 0, ...values }, 20, 1);
  trunk('t-failed', { failed: 1, open: 0 });
  trunk('t-works', { failed: 0, open: 44 });
  trunk('t-in-hole', { failed: 1, open: 0, quiet: 1 });

  const neighbour = (name: string, values: Values): void =>
    keep('cisco_adjacency', { host, dev: 'core-1', protocol: 'ospf', neighbor: name }, { quiet: 0, ...values }, 20, 1);
  neighbour('10.0.0.1', { state: 0 });
  neighbour('10.0.0.2', { state: 1 });
  neighbour('10.0.0.3', { state: 0, quiet: 1 });

  const device = (dev: string, values: Values): void =>
    keep('cisco_device', { host, dev }, { silent: 0, clock_bad: 0, quiet: 0, ...values }, 60, 1);
  device('core-1', {});
  device('silent', { silent: 1 });
  device('silent-in-hole', { silent: 1, quiet: 1 });
  device('wrong-clock', { clock_bad: 1 });

  const reboot = (dev: string, unplanned: number, minutesAgo: number): void =>
    put('cisco_reboot', { host, dev }, { unplanned, planned: 1 - unplanned, restarts: 1, void: 0 }, minutesAgo);
  reboot('rebooted', 1, 10);
  reboot('reloaded', 0, 10);
  reboot('rebooted-before', 1, 20);
  for (const at of [1000, 600, 300]) reboot('loops', 1, at);
  for (const at of [1600, 600, 300]) reboot('looped', 1, at);

  const transport = (dev: string, values: Values, minutesAgo: number): void =>
    put('cisco_transport', { host, dev }, { received: 0, expected: 0, overdue: 0, ...values }, minutesAgo);
  transport('loses', { strong_lost: 5, strong_expected: 205, received: 200 }, 5);
  transport('loses-much', { strong_lost: 50, strong_expected: 250, received: 200 }, 5);
  transport('loses-of-few', { strong_lost: 50, strong_expected: 199, received: 149 }, 5);
  transport('loses-weakly', { lost: 50, expected: 500, received: 450 }, 5);
  transport('late', { received: 200, overdue: 3 }, 50);
  transport('less-late', { received: 200, overdue: 2 }, 50);
  transport('late-of-few', { received: 199, overdue: 50 }, 50);

  const environment = (dev: string, component: string, level: string, values: Values, minutesAgo: number): void =>
    put('cisco_env', { host, dev, component, level }, values, minutesAgo);
  environment('hot', 'temperature', '2', { count: 1, active: 1 }, 4);
  environment('warm', 'temperature', '3', { count: 5, active: 1 }, 4);
  environment('was-hot', 'temperature', '1', { count: 1, active: 1 }, 6);
  keep('cisco_env', { host, dev: 'fan', component: 'fan', level: '3' }, { active: 1 }, 20, 1);
  keep('cisco_env', { host, dev: 'fan-ok', component: 'fan', level: '3' }, { active: 0 }, 20, 1);
  keep('cisco_env', { host, dev: 'warm', component: 'temperature', level: '3' }, { active: 1 }, 20, 1);

  put('cisco_security', { host, site: 'down', kind: 'unexpected_caller' }, { count: 1 }, 9);
  put('cisco_security', { host, site: 'up', kind: 'unknown_caller' }, { count: 3 }, 11);
  const login = (dev: string, result: string, count: number, minutesAgo: number): void =>
    put('cisco_login', { host, dev, result }, { count }, minutesAgo);
  login('guessed', 'failed', 6, 4);
  login('guessed', 'failed', 5, 1);
  login('mistyped', 'failed', 10, 1);
  login('used', 'success', 50, 1);
  login('refuses', 'quiet_mode', 1, 4);
  login('refused', 'quiet_mode', 1, 6);

  const read = (of: string, values: Values, from: number, to: number): void =>
    keep('cisco_ingest', { host: of }, values, from, to);
  read(host, { read: 100, unparsed: 2 }, 59, 1);
  read('noc-good', { read: 100, unparsed: 1 }, 59, 1);
  read('noc-small', { read: 3, unparsed: 3 }, 59, 1);
  read('noc-deaf', { read: 1000, unparsed: 0 }, 59, 11);
  read('noc-deaf', { read: 0, unparsed: 0 }, 10, 1);
  // This one has just started.
  read('noc-new', { read: 0, unparsed: 0 }, 5, 1);
  // Its reader is gone: that is another alert.
  read('noc-gone', { read: 0, unparsed: 0 }, 59, 12);
}

const service = (...names: string[]): Tags[] => names.map((svc) => ({ host, svc, site: svc }));
const device = (...names: string[]): Tags[] => names.map((dev) => ({ host, dev }));

/** Which alerts fire on that night, by rule. */
export const ciscoAlarms: Readonly<Record<string, readonly Tags[]>> = {
  'sb-cisco-site-down': service('down'),
  'sb-cisco-backup': service('on-backup'),
  'sb-cisco-backup-flap': service('flapping'),
  'sb-cisco-suspect': service('suspect'),
  'sb-cisco-flap': [{ host, link: 'flaps' }],
  'sb-cisco-weak': service('weak'),
  'sb-cisco-test': [{ host, site: 't1' }],
  'sb-cisco-tests': [{ host }],
  'sb-cisco-trunk': [{ host, dev: 'core-1', trunk: 't-failed', kind: 'frame-relay' }],
  'sb-cisco-neighbor': [{ host, dev: 'core-1', protocol: 'ospf', neighbor: '10.0.0.1' }],
  'sb-cisco-reboot': device('rebooted'),
  'sb-cisco-reboots': device('loops'),
  'sb-cisco-silent': device('silent'),
  'sb-cisco-loss': device('loses', 'loses-much'),
  'sb-cisco-loss-crit': device('loses-much'),
  'sb-cisco-late': device('late'),
  'sb-cisco-clock': device('wrong-clock'),
  'sb-cisco-env': [{ host, dev: 'hot', component: 'temperature' }],
  'sb-cisco-fault': [{ host, dev: 'fan', component: 'fan' }],
  'sb-cisco-caller': [{ host, site: 'down', kind: 'unexpected_caller' }],
  'sb-cisco-login': device('guessed'),
  'sb-cisco-quiet-mode': device('refuses'),
  'sb-cisco-unparsed': [{ host }],
  'sb-cisco-deaf': [{ host: 'noc-deaf' }],
};

/** Rules that look back a day still fire some hours later. */
export const ciscoAlarmsLater: readonly (keyof typeof ciscoAlarms)[] = [
  'sb-cisco-weak',
  'sb-cisco-test',
  'sb-cisco-tests',
  'sb-cisco-reboots',
];
