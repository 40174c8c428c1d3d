// The live page beside a pipeline: opened as configured, opened anew when a reload changes its address or token.
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
  #page: { readonly key: string; close(): Promise<void> } | undefined;

  constructor(sources: WebSources) {
    this.#sources = sources;
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
    const { pipelineDashboard } = await import('../grafana/pipeline-dashboard.ts');
    const dashboards = await Promise.all(families.map((family) => family.dashboards()));
    const page = await startWeb({
      host: web.host,
      port: web.port,
      ...(web.token === undefined ? {} : { token: web.token }),
      queries: hasStore(configuration) ? currentQueries(() => sources.queries()) : undefined,
      lines: lineSearch(() => this.#configuration ?? configuration),
      dashboards: [...dashboards.flat(), pipelineDashboard],
      status: () => sources.status(),
      clock,
      log,
    });
    this.#page = { key, close: () => page.close() };
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
function currentQueries(current: () => QueryEngine | undefined): QueryEngine {
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
