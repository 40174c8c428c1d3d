// The answer of /healthz: 200 while the pipeline works, 503 when a human must act, with every reason named.
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
}

/** State of the process for a monitoring program; degraded still answers 200, because restarting would not help. */
export function healthOf(status: PipelineStatus): { readonly status: number; readonly body: HealthAnswer } {
  return {
    status: status.health === 'failing' ? 503 : 200,
    body: {
      status: status.health,
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
    },
  };
}
