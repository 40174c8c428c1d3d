// The answer of /healthz: 200 while the pipeline works, 503 when a human must act, with every reason named.
import type { AlertFigures } from '../model/alert-board.ts';
import { worst } from '../model/health.ts';
import type { Health, PipelineStatus } from '../model/health.ts';

/** Body of /healthz. */
export interface HealthAnswer {
  readonly status: Health;
  readonly version: string;
  readonly sources: readonly {
    readonly name: string;
    readonly family: string;
    readonly host: string;
    readonly status: Health;
    readonly reasons: readonly string[];
    readonly awaited: readonly string[];
    readonly lagSeconds: number;
    readonly isPaused: boolean;
    readonly files: readonly { readonly path: string; readonly fault: string }[];
    readonly outputs: readonly { readonly name: string; readonly status: Health; readonly reason: string }[];
  }[];
  /** Evaluation of alert rules; left out where there is none. */
  readonly alerts?: {
    readonly status: Health;
    readonly reasons: readonly string[];
    readonly firing: number;
    readonly pending: number;
    readonly lastEvaluation: string | null;
  };
}

/** State of the process for a monitoring program; degraded still answers 200, because restarting would not help. */
export function healthOf(
  status: PipelineStatus,
  alerts?: AlertFigures,
): { readonly status: number; readonly body: HealthAnswer } {
  // Rules that cannot be evaluated are something to look at; the pipeline goes on.
  const alertHealth: Health = alerts && alerts.reasons.length > 0 ? 'degraded' : 'ok';
  return {
    status: status.health === 'failing' ? 503 : 200,
    body: {
      status: worst([status.health, alertHealth]),
      version: status.version,
      sources: status.sources.map((source) => ({
        name: source.name,
        family: source.family,
        host: source.host,
        status: source.health,
        reasons: source.reasons,
        awaited: source.awaited,
        lagSeconds: source.lagSeconds,
        isPaused: source.isPaused,
        files: source.files.filter((file) => file.hasFault).map((file) => ({ path: file.path, fault: file.state })),
        outputs: source.outputs.map((output) => ({ name: output.name, status: output.health, reason: output.reason })),
      })),
      ...(alerts === undefined
        ? {}
        : {
            alerts: {
              status: alertHealth,
              reasons: alerts.reasons,
              firing: alerts.firing,
              pending: alerts.pending,
              lastEvaluation:
                alerts.lastEvaluationMs === undefined ? null : new Date(alerts.lastEvaluationMs).toISOString(),
            },
          }),
    },
  };
}
