// Verifies a running Grafana against this repository, as before a release (grafana 9.6): everything provisioned is
// there, and every query of every dashboard and alert rule is answered by the data source.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.mjs';
import { alertQueries, panelQueries } from './queries.mjs';
import { ask, askJson, basic, reasonOf } from './wait.mjs';

const dataSource = 'sb-influx';

/** Nothing more can be found out. */
class Refused extends Error {}

const shownLines = 20;

/**
 * Runs all checks and tells each result by `say`; true when all are good. `hasData` asks the database itself whether a
 * query has an answer, so that an empty one of Grafana can be judged; without it empty answers are only listed.
 * `receiver` is the address and the token that alerts go to, when it can be reached from here.
 */
export async function verifyGrafana({ url, username, password, hasData, receiver, say }) {
  const headers = { authorization: basic(username, password) };
  const get = async (path) => {
    const { status, text, json } = await ask(url + path, { headers });
    if (status === 401) throw new Refused(`Grafana refuses user ${username}: the password is not that of its database`);
    if (status !== 200) throw new Error(`${path}: answer ${status}: ${words(text)}`);
    return json;
  };
  const dashboards = readDashboards();
  const rules = readJson('provisioning/alerting/rules.generated.json').groups.flatMap((group) => group.rules);
  const post = (body) => askJson(`${url}/api/ds/query`, { headers, body });
  const answers = (queries) => checkQueries(queries, { post, hasData });

  const checks = {
    'data source': async () => {
      const health = await get(`/api/datasources/uid/${dataSource}/health`);
      if (health.status !== 'OK') throw new Error(`health is ${health.status}: ${health.message}`);
      return health.message ?? 'healthy';
    },
    dashboards: async () => {
      const found = await get('/api/search?type=dash-db&limit=5000');
      const folderOf = new Map(found.map(({ uid, folderTitle }) => [uid, folderTitle]));
      const missing = dashboards.filter(({ uid, folder }) => folderOf.get(uid) !== folder);
      if (missing.length > 0) throw new Error(`not there, or in another folder: ${uids(missing)}`);
      return `${dashboards.length} in their folders`;
    },
    'alert rules': async () => {
      const found = new Set((await get('/api/v1/provisioning/alert-rules')).map(({ uid }) => uid));
      const missing = rules.filter(({ uid }) => !found.has(uid));
      if (missing.length > 0) throw new Error(`not there: ${uids(missing)}`);
      return `${rules.length}`;
    },
    'contact point': async () => {
      const found = await get('/api/v1/provisioning/contact-points');
      if (!found.some(({ uid }) => uid === 'sb-cp-webhook')) throw new Error('sb-cp-webhook is not there');
      return 'sb-cp-webhook';
    },
    ...(receiver && { 'alert receiver': () => checkReceiver(receiver) }),
    'panel queries': () => answers(dashboards.flatMap(({ model }) => panelQueries(model, dataSource))),
    'alert queries': () => answers(rules.flatMap((rule) => alertQueries(rule, dataSource))),
  };
  let isGood = true;
  for (const [name, check] of Object.entries(checks)) {
    try {
      say(`ok      ${name}: ${await check()}`);
    } catch (error) {
      isGood = false;
      say(`FAILED  ${name}: ${reasonOf(error)}`);
      if (error instanceof Refused) break;
    }
  }
  return isGood;
}

/** What Grafana would get from the receiver: with a wrong token it answers 401. */
async function checkReceiver({ url, token }) {
  const { status } = await ask(new URL('/metrics', url).href, { headers: { authorization: `Bearer ${token}` } });
  if (status !== 200) throw new Error(`${url} answers ${status} to the token that Grafana sends`);
  return 'takes the token that Grafana sends';
}

async function checkQueries(queries, { post, hasData }) {
  const faults = [];
  const empty = [];
  for (const query of queries) {
    let result = await framesOf(query, post);
    // Grafana is asked again: the first data may have arrived between the two questions.
    if (result.frames === 0 && (await hasData?.(query.influxql))) {
      result = await framesOf(query, post);
      if (result.frames === 0) result = { fault: 'no frame, although the database has data for it' };
    }
    if (result.fault !== undefined) faults.push(`${query.name}: ${result.fault}`);
    else if (result.frames === 0) empty.push(query.name);
  }
  if (faults.length > 0) throw new Error(`${faults.length} of ${queries.length} have no good answer${list(faults)}`);
  const silent = empty.length === 0 ? '' : `, ${empty.length} of them without data to show${list(empty)}`;
  return `${queries.length} answered${silent}`;
}

function list(lines) {
  const rest = lines.length > shownLines ? [`and ${lines.length - shownLines} more`] : [];
  return [...lines.slice(0, shownLines), ...rest].map((line) => `\n          ${line}`).join('');
}

/** Frames with data for one query, or the fault. */
async function framesOf({ fromMs, toMs, model }, post) {
  const body = { from: String(fromMs), to: String(toMs), queries: [model] };
  const { status, text, json } = await post(body);
  const result = json?.results?.[model.refId];
  if (result?.error) return { fault: words(result.error) };
  if (status !== 200 || result === undefined) return { fault: `answer ${status}: ${words(text)}` };
  const frames = (result.frames ?? []).filter(({ data }) => (data?.values ?? []).some(({ length }) => length > 0));
  return { frames: frames.length };
}

function readDashboards() {
  const folder = join(root, 'dashboards');
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => {
      const model = readJson(join('dashboards', name));
      return { uid: model.uid, folder: name.split(/[\\/]/).at(-2), model };
    });
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

function uids(list) {
  return list.map(({ uid }) => uid).join(', ');
}

/** The beginning of a text from outside, fit for a terminal. */
function words(text) {
  return text.slice(0, 300).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
