// What the live page is given by the program that starts it.
import type { AlertBoard } from '../model/alert-board.ts';
import type { Clock } from '../model/clock.ts';
import type { PipelineStatus } from '../model/health.ts';
import type { LineSearch } from '../model/lines.ts';
import type { Log } from '../model/log.ts';
import type { Annotation, Dashboard } from '../model/panel.ts';
import type { QueryEngine } from '../model/query.ts';

/** What the page is served from. */
export interface WebOptions {
  /** Address to listen on; anything but loopback needs a token. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** At least 8 characters; when set, everything but the bare state at /healthz asks for it. */
  readonly token?: string;
  /** Undefined without a store: the page then shows the pipeline's state only. */
  readonly queries: QueryEngine | undefined;
  /** Finds the lines behind numbers; undefined where no logs are read. */
  readonly lines?: LineSearch;
  readonly dashboards: readonly Dashboard[];
  /** Events drawn over the charts of every dashboard; none unless given. */
  readonly annotations?: readonly Annotation[];
  /** Alerts of this process; undefined, or giving undefined, while none are evaluated here. */
  readonly alerts?: () => AlertBoard | undefined;
  status(): PipelineStatus;
  readonly clock: Clock;
  readonly log: Log;
  /** Folder of the runbooks; in the repository or image unless given. */
  readonly runbooks?: string;
  /** Folder of the compiled page; beside this file unless given. */
  readonly publicDirectory?: string;
}
