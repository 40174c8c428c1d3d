// One dashboard: heading, choosers, sections of panels, and the refreshing of those that can be seen.
import { fetchVariableValues } from './api.ts';
import { addressText } from './address.ts';
import type { Address } from './address.ts';
import { element } from './dom.ts';
import { PanelView } from './panel-view.ts';
import { rangeControls } from './range-picker.ts';
import { serverNow } from './server-time.ts';
import { absolute, isLive, spanOf, zoomedOut } from './time-range.ts';
import type { Span, TimeRange } from './time-range.ts';
import { variablePicker } from './variable-picker.ts';
import type { VariablePicker } from './variable-picker.ts';
import type { DashboardDefinition, DrillLink } from './wire.ts';

/** What a view needs of the page. */
export interface ViewContext {
  /** Goes to an address of the page, with an entry in the history. */
  go(address: Address): void;
  /** Says whether the server answers. */
  setAway(isAway: boolean): void;
}

/** A dashboard on the page. */
export class DashboardView {
  readonly root = element('div', { class: 'view' });
  readonly #context: ViewContext;
  readonly #definition: DashboardDefinition;
  /** The range while the address holds none. */
  readonly #opening: TimeRange;
  readonly #panels: readonly PanelView[];
  readonly #bar = element('div', { class: 'bar-right' });
  readonly #variables = element('div', { class: 'variables' });
  readonly #visible = new Set<PanelView>();
  readonly #stale = new Set<PanelView>();
  readonly #observer: IntersectionObserver;
  #address: Address;
  #pickers: readonly VariablePicker[] = [];
  #values: Readonly<Record<string, readonly string[]>> | undefined;
  #span: Span = { fromMs: 0, toMs: 1 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasAskedValues = false;
  #isGone = false;

  constructor(definition: DashboardDefinition, opening: TimeRange, address: Address, context: ViewContext) {
    this.#definition = definition;
    this.#opening = opening;
    this.#address = address;
    this.#context = context;
    const byRoot = new Map<Element, PanelView>();
    const sections = definition.sections.map((section) => {
      const views = section.panels.map((panel) => {
        const view = new PanelView(panel, {
          zoom: (fromMs, toMs) => this.#choose(absolute(fromMs, toMs)),
          zoomOut: () => this.#choose(zoomedOut(this.#span, serverNow())),
          hrefOf: (link, tags) => this.#hrefOf(link, tags),
        });
        byRoot.set(view.root, view);
        return view;
      });
      const heading = section.title === '' ? undefined : element('h2', { class: 'section-title' }, section.title);
      return {
        views,
        root: element(
          'section',
          { class: 'section' },
          heading,
          element('div', { class: 'grid' }, ...views.map((view) => view.root)),
        ),
      };
    });
    this.#panels = sections.flatMap(({ views }) => views);
    this.root.append(
      element(
        'header',
        { class: 'view-header' },
        element(
          'div',
          { class: 'view-title' },
          element('h1', {}, definition.title),
          element('p', { class: 'view-description' }, definition.description),
        ),
        this.#bar,
      ),
      this.#variables,
      ...sections.map(({ root }) => root),
    );
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const view = byRoot.get(target);
          if (!view) continue;
          if (isIntersecting) this.#visible.add(view);
          else this.#visible.delete(view);
        }
        void this.#loadStale();
      },
      { rootMargin: '200px' },
    );
    for (const view of this.#panels) this.#observer.observe(view.root);
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.show(address);
  }

  /** Shows what an address says of range and choices. */
  show(address: Address): void {
    this.#address = address;
    this.#drawControls();
    this.#drawVariables();
    void this.refresh();
  }

  /** Asks everything that can be seen again. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const span = spanOf(this.#range(), serverNow());
    if (!span) {
      this.#choose(undefined);
      return;
    }
    this.#span = { fromMs: Math.floor(span.fromMs), toMs: Math.ceil(span.toMs) };
    for (const panel of this.#panels) this.#stale.add(panel);
    await this.#loadStale();
    this.#schedule();
  }

  /** Draws again in another theme. */
  redraw(): void {
    for (const panel of this.#panels) panel.redraw();
  }

  /** Takes the dashboard away. */
  destroy(): void {
    this.#isGone = true;
    clearTimeout(this.#timer);
    this.#observer.disconnect();
    document.removeEventListener('visibilitychange', this.#onVisibility);
    for (const panel of this.#panels) panel.destroy();
    this.root.remove();
  }

  readonly #onVisibility = (): void => {
    if (!document.hidden && isLive(this.#range())) void this.refresh();
  };

  async #loadStale(): Promise<void> {
    const wanted = [...this.#stale].filter((panel) => this.#visible.has(panel));
    for (const panel of wanted) this.#stale.delete(panel);
    if (wanted.length === 0) return;
    const asked = { dashboard: this.#definition.uid, span: this.#span, variables: this.#address.variables };
    const answers = await Promise.all(wanted.map((panel) => panel.load(asked)));
    if (this.#isGone) return;
    this.#context.setAway(answers.includes(false));
    // The values to choose from need the whole store: they come after what can be seen.
    if (!this.#hasAskedValues) {
      this.#hasAskedValues = true;
      void this.#loadVariables();
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const seconds = this.#refreshSeconds();
    if (this.#isGone || seconds === 0 || !isLive(this.#range())) return;
    this.#timer = setTimeout(() => {
      if (document.hidden) this.#schedule();
      else void this.refresh();
    }, seconds * 1000);
  }

  #range(): TimeRange {
    return this.#address.range ?? this.#opening;
  }

  #refreshSeconds(): number {
    return this.#address.refreshSeconds ?? Math.min(10, Math.max(5, this.#definition.refreshSeconds));
  }

  #choose(range: TimeRange | undefined): void {
    this.#context.go({ ...this.#address, range });
  }

  #drawControls(): void {
    this.#bar.replaceChildren(
      rangeControls({
        range: this.#range(),
        refreshSeconds: this.#refreshSeconds(),
        now: serverNow,
        choose: (range) => this.#choose(range),
        chooseRefresh: (refreshSeconds) => this.#context.go({ ...this.#address, refreshSeconds }),
        refresh: () => void this.refresh(),
      }),
    );
  }

  #drawVariables(): void {
    const pickers = this.#definition.variables.map(({ name, label }) =>
      variablePicker({
        label,
        values: () => this.#values?.[name],
        chosen: this.#address.variables.get(name) ?? [],
        choose: (values) => {
          const variables = new Map(this.#address.variables);
          if (values.length === 0) variables.delete(name);
          else variables.set(name, values);
          this.#context.go({ ...this.#address, variables });
        },
      }),
    );
    this.#pickers = pickers;
    this.#variables.hidden = pickers.length === 0;
    this.#variables.replaceChildren(...pickers.map((picker) => picker.root));
  }

  async #loadVariables(): Promise<void> {
    if (this.#definition.variables.length === 0) return;
    try {
      this.#values = (await fetchVariableValues(this.#definition.uid)).values;
    } catch {
      // The panels say what is wrong; the choosers then offer what the address holds.
      this.#values = {};
    }
    for (const picker of this.#pickers) picker.refill();
  }

  #hrefOf(link: DrillLink, tags: Readonly<Record<string, string>>): string {
    const variables = new Map(this.#address.variables);
    for (const [name, tag] of Object.entries(link.variables ?? {})) variables.set(name, [tags[tag] ?? '']);
    return addressText({ ...this.#address, view: 'dashboard', uid: link.dashboard, variables });
  }
}
