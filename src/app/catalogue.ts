// What a configuration can name: families and kinds of outputs, as one value that tests can replace.
import { alertEvent, alertEventHourly, alertState } from '../model/alert-event.ts';
import type { Measurement } from '../model/catalogue.ts';
import type { Family } from '../model/family.ts';
import type { OutputKind } from '../model/output.ts';
import { switchboardPipeline, switchboardReceiver } from '../model/pipeline.ts';

/** The families and kinds of outputs that a configuration can use. */
export interface Catalogue {
  readonly families: readonly Family[];
  readonly outputs: readonly OutputKind[];
}

/** Every measurement that can be stored: those of the families, of the pipeline and of the alert receiver. */
export function measurementsOf(families: readonly Family[]): Measurement[] {
  return [
    ...families.flatMap((family) => family.measurements),
    switchboardPipeline,
    switchboardReceiver,
    alertEvent,
    alertEventHourly,
    alertState,
  ];
}
