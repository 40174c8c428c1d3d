// The row below a dashboard's heading: a chooser for each variable and a switch for each kind of events.
import type { Address } from './address.ts';
import { element } from './dom.ts';
import { variablePicker } from './variable-picker.ts';
import type { VariablePicker } from './variable-picker.ts';
import type { AnnotationKind, DashboardDefinition } from './wire.ts';

/** What the row shows. */
export interface BarState {
  readonly variables: DashboardDefinition['variables'];
  readonly address: Address;
  /** Values by variable; undefined while they are being loaded. */
  readonly values: () => Readonly<Record<string, readonly string[]>> | undefined;
  readonly kinds: readonly AnnotationKind[];
  go(address: Address): void;
}

/** The row on the page. */
export class DashboardBar {
  readonly root = element('div', { class: 'variables' });
  #pickers: readonly VariablePicker[] = [];
  #drawn = '';

  /** Draws it; what is open stays open while nothing has changed. */
  draw(state: BarState): void {
    const { address, variables, kinds } = state;
    const key = JSON.stringify([
      [...address.variables],
      address.hidden,
      kinds.map(({ id, name, fault, events }) => [id, name, fault, events.length]),
    ]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const pickers = variables.map(({ name, label }) =>
      variablePicker({
        label,
        values: () => state.values()?.[name],
        chosen: address.variables.get(name) ?? [],
        choose: (values) => {
          const chosen = new Map(address.variables);
          if (values.length === 0) chosen.delete(name);
          else chosen.set(name, values);
          state.go({ ...address, variables: chosen });
        },
      }),
    );
    this.#pickers = pickers;
    this.root.hidden = pickers.length === 0 && kinds.length === 0;
    this.root.replaceChildren(...pickers.map((picker) => picker.root), ...kinds.map((kind) => switchOf(kind, state)));
    this.refill();
  }

  /** Shows values that have come meanwhile. */
  refill(): void {
    for (const picker of this.#pickers) picker.refill();
  }
}

function switchOf(kind: AnnotationKind, state: BarState): HTMLElement {
  const { address } = state;
  const isOn = !address.hidden.includes(kind.id);
  const count = kind.events.length;
  const about =
    kind.fault ??
    `${count}${kind.isCut ? ' (the newest)' : ''} in this time range; click to ${isOn ? 'hide' : 'show'} them`;
  const button = element(
    'button',
    {
      type: 'button',
      class: `tool tool-wide switch tone-${kind.tone}`,
      role: 'switch',
      'aria-checked': String(isOn),
      title: about,
      'data-annotation': kind.id,
    },
    element('span', { class: 'switch-knob', 'aria-hidden': 'true' }),
    element('span', {}, kind.name),
    element('span', { class: 'hint' }, kind.fault === undefined ? String(count) : '?'),
  );
  button.addEventListener('click', () => {
    const hidden = isOn ? [...address.hidden, kind.id] : address.hidden.filter((id) => id !== kind.id);
    state.go({ ...address, hidden });
  });
  return button;
}
