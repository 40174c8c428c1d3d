// The dashboard of the ecs family: stable numbers, a grid that fits, texts for an engineer at night (grafana 10).
import { expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';

const dashboards = await ecs.dashboards();
const panels = dashboards.flatMap(({ sections }) => sections.flatMap((section) => [...section.panels]));

test('are the dashboards of the family', () => {
  expect(dashboards.map(({ uid, tags }) => [uid, tags.includes('switchboard')])).toEqual([
    ['sb-avaya', true],
    ['sb-sip', true],
  ]);
});

test.each(dashboards)('panels of $uid have numbers of their own', ({ sections }) => {
  const ids = sections.flatMap((section) => section.panels.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(panels.map((panel) => [panel.title, panel] as const))('panel "%s" follows the checklist', (title, panel) => {
  expect(title.length).toBeLessThanOrEqual(45);
  expect(panel.description.length).toBeGreaterThan(60);
  expect(panel.queries.length).toBeGreaterThan(0);
  const queries = panel.queries.map(({ measurement, where }) => [
    ecs.measurements.includes(measurement),
    where.some(({ variable }) => variable === 'host'),
  ]);
  expect(queries.flat()).not.toContain(false);
});

test('rows fill the grid of 24 columns', () => {
  for (const { panels: row } of dashboards.flatMap(({ sections }) => sections)) {
    let used = 0;
    for (const { width } of row) {
      used += width;
      expect(used % 24 === 0 || used % 24 >= width).toBe(true);
    }
    expect(used % 24).toBe(0);
  }
});
