// What the builders of all kinds of panels share.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from '../model/panel.ts';
import type { PanelQuery } from '../model/query.ts';
import { targetsOf } from './target.ts';
import type { ResultFormat } from './target.ts';

interface Targeted {
  withTarget(target: cog.Builder<cog.Dataquery>): unknown;
}

/** Gives the builder the targets of the panel, or those of other queries that stand for its own. */
export function withTargets<B extends Targeted>(
  builder: B,
  panel: Panel,
  format: ResultFormat,
  queries: readonly PanelQuery[] = panel.queries,
): B {
  for (const target of targetsOf(panel, queries, format)) builder.withTarget(target);
  return builder;
}

/** How colours are chosen. */
export function colourMode(mode: FieldColorModeId): FieldColorBuilder {
  return new FieldColorBuilder().mode(mode);
}

/** A list of names below the picture. */
export function legendList(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(common.LegendPlacement.Bottom)
    .displayMode(common.LegendDisplayMode.List);
}

/** Text that a regular expression shall take as it is. */
export function escaped(text: string): string {
  return text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
}
