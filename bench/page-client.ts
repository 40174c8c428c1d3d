// The asking side of the page's benchmark when it is started as a process of its own, as a browser is, so that its work is not measured as
// the server's. Gets addresses, fetches them in order, a number of them at a time, and gives each its milliseconds.

/** What is asked of the client. */
export interface Errand {
  readonly urls: readonly string[];
  /** How many requests run at a time; browsers run six. */
  readonly atOnce: number;
}

/** What became of one request. */
export interface Fetched {
  readonly milliseconds: number;
  readonly status: number;
  readonly body: string;
}

async function fetched(url: string): Promise<Fetched> {
  const startedMs = performance.now();
  const response = await fetch(url);
  const body = await response.text();
  return { milliseconds: performance.now() - startedMs, status: response.status, body };
}

async function run({ urls, atOnce }: Errand): Promise<readonly Fetched[]> {
  const results: Fetched[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < urls.length; index = next++) results[index] = await fetched(urls[index] ?? '');
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

process.on('message', (errand: Errand) => {
  void run(errand).then(
    (results) => process.send?.(results),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
