// Rules about sites, links and trunks (cisco 24). What "down" means, and when nobody is to be called (planned work, a hole
// in the log, a failure that may still be a drop, a trunk that has just failed), the family decides and writes as 0 or 1.
import { lately } from '../../../model/alert.ts';
import type { AlertQuestion, AlertRule } from '../../../model/alert.ts';
import { query } from '../../../model/query.ts';
import { common, day, everyFive, everyMinute, hour, minute, stateSeconds } from './alert-parts.ts';
import { ciscoLimits as limits } from './limits.ts';
import {
  ciscoAdjacency,
  ciscoBackupTest,
  ciscoLinkFlap,
  ciscoService,
  ciscoServiceBucket,
  ciscoTrunk,
} from '../metrics.ts';

/** A field of the services' states as last said. */
function ofService(
  field: 'down' | 'on_backup' | 'suspect' | 'backup_losses' | 'quiet' | 'hole',
  seconds: number,
): AlertQuestion {
  return lately(
    query(ciscoService, {
      select: [{ field, aggregate: 'last' }],
      groupBy: ['host', 'svc', 'site'],
      over: 'range',
    }),
    seconds,
  );
}

/** Nothing explains the state of a service. */
function unlessQuiet(seconds: number): NonNullable<AlertRule['onlyIf']> {
  return { question: ofService('quiet', seconds), limit: { below: 1 } };
}

const whyQuiet =
  'Planned work and holes in the log silence it, and so does a failed trunk for its first ten minutes: the trunk has an alert of its own.';

function ofTrunk(field: 'failed' | 'quiet'): AlertQuestion {
  return lately(
    query(ciscoTrunk, {
      select: [{ field, aggregate: 'last' }],
      groupBy: ['host', 'dev', 'trunk', 'kind'],
      over: 'range',
    }),
    stateSeconds,
  );
}

function ofNeighbour(field: 'state' | 'quiet'): AlertQuestion {
  return lately(
    query(ciscoAdjacency, {
      select: [{ field, aggregate: 'last' }],
      groupBy: ['host', 'dev', 'protocol', 'neighbor'],
      over: 'range',
    }),
    stateSeconds,
  );
}

/** Results of the windows of the last day, of all sites of a host. */
function tests(aggregate: 'mean' | 'count'): AlertQuestion {
  return lately(
    query(ciscoBackupTest, { select: [{ field: 'fail', aggregate }], groupBy: ['host'], over: 'range' }),
    day,
  );
}

/** The rules. */
export const siteAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-cisco-site-down',
    title: 'Site down',
    group: everyMinute,
    severity: 'critical',
    measured: ofService('down', stateSeconds),
    limit: { atLeast: limits.down.critical },
    onlyIf: unlessQuiet(stateSeconds),
    forSeconds: minute,
    unit: 'none',
    summary: 'Site {site} is down ({svc}, by the log of {host})',
    description:
      'The service has neither its primary nor its backup. "Changes of state" says since when and from what evidence. If others went down in the same minute, look for what they share: trunk, hub, carrier, power.',
    panel: { dashboard: 'sb-network', id: 1 },
    reason: `A minute is longer than a backup needs to dial (about 5 s) and than a drop lasts. ${whyQuiet}`,
  },
  {
    ...common,
    uid: 'sb-cisco-backup',
    title: 'Site on backup',
    group: everyMinute,
    severity: 'warning',
    measured: ofService('on_backup', 5 * minute),
    limit: { atLeast: limits.onBackup.warning },
    onlyIf: unlessQuiet(5 * minute),
    forSeconds: 15 * minute,
    unit: 'none',
    summary: 'Site {site} runs on its backup ({svc}, by the log of {host})',
    description:
      'The primary has been lost for a quarter of an hour and the backup carries the site. Open a ticket for the primary: nothing is left to fail.',
    panel: { dashboard: 'sb-network', id: 2 },
    reason: `The backup works, so it needs a ticket and not a pager; most failures are over within a quarter of an hour. ${whyQuiet}`,
  },
  {
    ...common,
    uid: 'sb-cisco-backup-flap',
    title: 'Backup flapping',
    group: everyMinute,
    severity: 'critical',
    measured: ofService('backup_losses', stateSeconds),
    limit: { atLeast: limits.backupLosses.critical },
    onlyIf: { question: ofService('hole', stateSeconds), limit: { below: 1 } },
    forSeconds: 0,
    unit: 'short',
    summary: 'The backup of site {site} failed {value} times in 30 minutes ({svc}, by the log of {host})',
    description:
      'The primary is down and the backup, the only path that is left, keeps failing. The site works in pieces at best, and will be down soon.',
    panel: { dashboard: 'sb-network', id: 2 },
    reason:
      'One lost call is redialled; five within half an hour are a path that does not hold, and an outage that announces itself.',
  },
  {
    ...common,
    uid: 'sb-cisco-suspect',
    title: 'Primary suspect',
    group: everyMinute,
    severity: 'warning',
    measured: ofService('suspect', stateSeconds),
    limit: { atLeast: limits.suspect.warning },
    onlyIf: { question: ofService('hole', stateSeconds), limit: { below: 1 } },
    forSeconds: 0,
    unit: 'none',
    summary: 'The primary of site {site} may have failed unreported ({svc}, by the log of {host})',
    description:
      'The dial backup has been connected for longer than a call is idle for nothing (idle_call_seconds of the topology), while the primary counts as up. It may have failed in one direction, so that nobody reported it. Ping through it from both ends.',
    panel: { dashboard: 'sb-network', id: 3 },
    reason:
      'Calls for nothing end after minutes; a quarter of an hour is longer than any idle timer in use. Tests of the backup are left out by their window and length.',
  },
  {
    ...common,
    uid: 'sb-cisco-flap',
    title: 'Link flapping',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ciscoLinkFlap, {
        select: [{ field: 'flaps', aggregate: 'max' }],
        groupBy: ['host', 'link'],
        over: 'range',
        // Both ends tell of one loss.
        perSeries: 'sum',
      }),
      hour,
    ),
    limit: { atLeast: limits.flaps.warning },
    forSeconds: 0,
    unit: 'short',
    summary: 'Link {link} was lost {value} times in an hour (by the log of {host})',
    description:
      'One end of the link reported its loss again and again. Look at the errors of both interfaces, the cabling and the power of the modem, then have the carrier test the line.',
    panel: { dashboard: 'sb-network', id: 9 },
    reason:
      'A line that is repaired may go up and down a few times; six losses within an hour are a line that does not hold. Every loss counts, however short.',
  },
  {
    ...common,
    uid: 'sb-cisco-weak',
    title: 'Primary weak',
    group: everyFive,
    severity: 'warning',
    measured: lately(
      query(ciscoServiceBucket, {
        select: [{ field: 'blips', aggregate: 'sum' }],
        groupBy: ['host', 'svc', 'site'],
        over: 'range',
      }),
      day,
    ),
    limit: { atLeast: limits.blips.warning },
    forSeconds: 0,
    unit: 'short',
    summary: 'The primary of site {site} had {value} drops and tries in a day ({svc}, by the log of {host})',
    description:
      'Failures too short to count, or recoveries that did not last, many of them within a day. Nobody noticed yet; have the line tested before it fails for good.',
    panel: { dashboard: 'sb-network', id: 24 },
    reason:
      'Weak lines show as brief losses days before they fail. A healthy line has none for weeks, so ten in a day are no chance.',
  },
  {
    ...common,
    uid: 'sb-cisco-test',
    title: 'Backup test failed',
    group: everyFive,
    severity: 'warning',
    measured: lately(
      query(ciscoBackupTest, {
        select: [{ field: 'failed_in_row', aggregate: 'last' }],
        groupBy: ['host', 'site'],
        over: 'range',
      }),
      26 * hour,
    ),
    limit: { atLeast: limits.tests.inRow },
    forSeconds: 0,
    unit: 'short',
    summary: 'The test of the backup of site {site} failed {value} times in a row (by the log of {host})',
    description:
      'The daily test call of the site did not come, took too long, or carried nothing. When the primary fails there may be no backup: dial it by hand and watch where it stops.',
    panel: { dashboard: 'sb-network', id: 13 },
    reason:
      'One failed test is often a clash with a real failure or with maintenance; two in a row are not. A result counts until two hours after the next window, so the alert lasts from one test to the next.',
  },
  {
    ...common,
    uid: 'sb-cisco-tests',
    title: 'Many backup tests failed',
    group: everyFive,
    severity: 'warning',
    measured: tests('mean'),
    limit: { above: limits.tests.share },
    onlyIf: { question: tests('count'), limit: { atLeast: limits.tests.sites } },
    forSeconds: 0,
    unit: 'percentunit',
    summary: '{value} of the backup tests failed (by the log of {host})',
    description:
      'More than half of the sites failed the test of their backup within a day. Not so many lines break at once: look at what makes the calls (timetable, clock, authentication at the hub) and at the hub that answers.',
    panel: { dashboard: 'sb-network', id: 13 },
    reason: `More than half at once is the procedure and not the lines. Of fewer than ${limits.tests.sites} sites half is a single one.`,
  },
  {
    ...common,
    uid: 'sb-cisco-trunk',
    title: 'Trunk failed',
    group: everyMinute,
    severity: 'critical',
    measured: ofTrunk('failed'),
    limit: { atLeast: 1 },
    onlyIf: { question: ofTrunk('quiet'), limit: { below: 1 } },
    forSeconds: 0,
    unit: 'none',
    summary: 'Trunk {trunk} of {dev} has failed with all its circuits (by the log of {host})',
    description:
      'The circuits of the trunk went down within seconds of each other, and none is back. Many sites are on their backup or down at once. See the interface on the hub, then the carrier.',
    panel: { dashboard: 'sb-network', id: 12 },
    reason:
      'Five circuits (three of a primary rate interface) that fall to nothing within ten seconds are one failure, so there is nothing to wait for. It holds back the alerts of its sites for ten minutes.',
  },
  {
    ...common,
    uid: 'sb-cisco-neighbor',
    title: 'Routing neighbour down',
    group: everyMinute,
    severity: 'warning',
    measured: ofNeighbour('state'),
    limit: { below: 1 },
    onlyIf: { question: ofNeighbour('quiet'), limit: { below: 1 } },
    forSeconds: 2 * minute,
    unit: 'none',
    summary: '{protocol} neighbour {neighbor} of {dev} is down (by the log of {host})',
    description:
      'A neighbour that the topology names has been lost and is not back. "Routing neighbours lost" says for what reason: hold_timer is the path, interface the line, notification the far end.',
    panel: { dashboard: 'sb-network', id: 20 },
    reason:
      'Two minutes let hold timers run out and graceful restarts pass. Neighbours taken down on purpose are left out.',
  },
];
