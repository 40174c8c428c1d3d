// The live page beside a pipeline: opened as configured, opened anew when a reload changes its address or token.
import type { AlertBoard } from '../model/alert-board.ts';
import type { Clock } from '../model/clock.ts';
import type { Family } from '../model/family.ts';
import type { PipelineStatus } from '../model/health.ts';
import type { Log } from '../model/log.ts';
import type { QueryEngine } from '../model/query.ts';
import type { Configuration } from './configuration.ts';
import { hasStore } from './embedded.ts';
import { lineSearch } from './line-search.ts';

/** What the page shows and whom it tells where it is. */
export interface WebSources {
  readonly families: readonly Family[];
  /** Alerts, where they are evaluated in this process. */
  alerts(): AlertBoard | undefined;
  readonly clock: Clock;
  readonly log: Log;
  status(): PipelineStatus;
  queries(): QueryEngine | undefined;
  readonly announce: (url: string, configuration: Configuration) => void;
}

/** The page of a process, or none. */
export class WebFace {
  readonly #sources: WebSources;
  #configuration: Configuration | undefined;
  #page: { readonly key: string; readonly url: string; close(): Promise<void> } | undefined;

  constructor(sources: WebSources) {
    this.#sources = sources;
  }

  /** Where it is; empty while it is not open. */
  get url(): string {
    return this.#page?.url ?? '';
  }

  /** Opens, moves or closes the page as the configuration says. Throws UsageError when the address cannot be used. */
  async apply(configuration: Configuration): Promise<void> {
    const { web } = configuration;
    this.#configuration = configuration;
    const key = JSON.stringify([web, hasStore(configuration)]);
    if (this.#page?.key === key) return;
    await this.close();
    if (!web) return;
    const sources = this.#sources;
    const { families, clock, log } = sources;
    const { startWeb } = await import('../web/server.ts');
    const { dashboardsOf } = await import('./dashboards.ts');
    const { annotations } = await import('../grafana/annotations.ts');
    const page = await startWeb({
      host: web.host,
      port: web.port,
      ...(web.token === undefined ? {} : { token: web.token }),
      queries: hasStore(configuration) ? currentQueries(() => sources.queries()) : undefined,
      alerts: () => sources.alerts(),
      lines: lineSearch(() => this.#configuration ?? configuration),
      dashboards: await dashboardsOf(families),
      annotations,
      status: () => sources.status(),
      clock,
      log,
    });
    this.#page = { key, url: page.url, close: () => page.close() };
    log.info('the live page is open', { url: page.url });
    sources.announce(page.url, configuration);
  }

  /** Closes the page, if there is one. */
  async close(): Promise<void> {
    const page = this.#page;
    this.#page = undefined;
    await page?.close();
  }
}

/** Answers from the store of the moment: a reload can put another one under the page. */
export function currentQueries(current: () => QueryEngine | undefined): QueryEngine {
  const store = (): QueryEngine => {
    const queries = current();
    if (!queries) throw new Error('the embedded store is not open; the state of the sources says why');
    return queries;
  };
  return {
    run: async (query, range, variables, signal) => store().run(query, range, variables, signal),
    tagValues: async (measurement, tag, limit) => store().tagValues(measurement, tag, limit),
    span: async () => store().span(),
  };
}
