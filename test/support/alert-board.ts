// Alerts for tests of the page and its server: a board that holds what a test puts there and keeps silences in memory.
import type {
  AlertBoard,
  AlertFigures,
  BoardAlert,
  BoardRule,
  BoardSilence,
  BoardView,
  SilenceWish,
} from '../../src/model/alert-board.ts';

const rule: BoardRule = {
  ruleUid: 'sb-ecs-drop',
  title: 'Avaya mass drop of telephones',
  group: 'ecs-1m',
  intervalSeconds: 60,
  forSeconds: 0,
  severity: 'critical',
  state: 'firing',
  firing: 1,
  pending: 0,
  lastEvaluationMs: 1_000_000,
  lastDurationMs: 12,
  lastError: '',
  missedEvaluations: 0,
  reason: 'Twenty within two minutes have something in common.',
  dashboard: 'test-sample',
  panel: 4,
  runbook: 'docs/runbooks/ecs.md#sb-ecs-drop',
};

/** An alert; `changes` make it another. */
export function boardAlert(changes: Partial<BoardAlert> = {}): BoardAlert {
  return {
    fingerprint: 'c6eadffa33fcdf37',
    ruleUid: rule.ruleUid,
    title: rule.title,
    severity: 'critical',
    state: 'firing',
    activeSinceMs: 900_000,
    labels: { alertname: rule.title, host: 'cm1', severity: 'critical', service: 'avaya', grafana_folder: 'x' },
    summary: '25 IP telephones dropped on cm1 in 2 minutes',
    description: 'So many at once are a network failure.',
    value: 25,
    valueText: '25',
    dashboard: rule.dashboard,
    panel: rule.panel,
    runbook: rule.runbook,
    silencedUntilMs: null,
    ...changes,
  };
}

/** A board in memory. */
export class TestBoard implements AlertBoard {
  alerts: readonly BoardAlert[] = [boardAlert()];
  rules: readonly BoardRule[] = [
    rule,
    {
      ...rule,
      ruleUid: 'sb-ecs-alarm',
      title: 'Avaya maintenance alarms',
      severity: 'warning',
      state: 'error',
      firing: 0,
      lastError: 'the store cannot answer',
      runbook: 'docs/runbooks/../../package.json#sb-ecs-alarm',
    },
  ];
  silences: BoardSilence[] = [];
  reasons: readonly string[] = [];
  readonly wishes: SilenceWish[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  view(): BoardView {
    const alerts = this.alerts.map((alert): BoardAlert => {
      const found = this.silences.find(
        ({ ruleUid, labels }) =>
          ruleUid === alert.ruleUid && Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
      );
      return { ...alert, silencedUntilMs: found?.endsMs ?? null };
    });
    const targets = [{ name: 'history', told: 3, failures: 0, fault: '' }];
    return { alerts, rules: this.rules, silences: this.silences, targets };
  }

  silence(wish: SilenceWish): Promise<BoardSilence | { readonly fault: string }> {
    this.wishes.push(wish);
    const known = this.rules.find(({ ruleUid }) => ruleUid === wish.ruleUid);
    if (!known) return Promise.resolve({ fault: 'There is no such rule.' });
    const silence = { id: `id-${this.wishes.length}`, title: known.title, startsMs: this.#now(), ...wish };
    this.silences = [...this.silences, silence];
    return Promise.resolve(silence);
  }

  endSilence(id: string): Promise<boolean> {
    const before = this.silences.length;
    this.silences = this.silences.filter((silence) => silence.id !== id);
    return Promise.resolve(this.silences.length < before);
  }

  figures(): AlertFigures {
    return {
      firing: 1,
      pending: 0,
      silences: this.silences.length,
      evaluations: 7,
      failures: 2,
      missed: 1,
      failing: 1,
      lastEvaluationMs: 1_000_000,
      targets: this.view().targets,
      reasons: this.reasons,
    };
  }
}
