// One dashboard: heading, choosers, sections of panels, and the refreshing of those that can be seen.
import { AnnotationFeed } from './annotation-feed.ts';
import { fetchSpan, fetchVariableValues } from './api.ts';
import { addressText } from './address.ts';
import type { Address } from './address.ts';
import { DashboardBar } from './dashboard-bar.ts';
import { element } from './dom.ts';
import { drillHref } from './navigation.ts';
import { noticeOf } from './notices.ts';
import { LinesDrawer } from './lines-drawer.ts';
import { PanelView } from './panel-view.ts';
import { rangeControls } from './range-picker.ts';
import { serverNow } from './server-time.ts';
import { absolute, isLive, openingRange, shifted, spanOf, zoomedOut } from './time-range.ts';
import type { Span, TimeRange } from './time-range.ts';
import type { AnnotationKind, DashboardDefinition } from './wire.ts';

/** What a view needs of the page. */
export interface ViewContext {
  /** Goes to an address of the page, with an entry in the history. */
  go(address: Address): void;
  /** Says whether the server answers. */
  setAway(isAway: boolean): void;
}

/** Ranges up to this length are looked at live: the page then asks more often. */
const shortRangeMs = 15 * 60_000;

/** A dashboard on the page. */
export class DashboardView {
  readonly root = element('div', { class: 'view' });
  readonly #context: ViewContext;
  readonly #definition: DashboardDefinition;
  readonly #panels: readonly PanelView[];
  readonly #controls = element('div', { class: 'bar-right' });
  readonly #bar = new DashboardBar();
  readonly #feed = new AnnotationFeed();
  readonly #notice = element('div', { class: 'notices' });
  readonly #visible = new Set<PanelView>();
  readonly #stale = new Set<PanelView>();
  readonly #observer: IntersectionObserver;
  readonly #lines: LinesDrawer;
  #address: Address;
  /** Null while nothing is stored; undefined when it is not known. */
  #stored: Span | null | undefined;
  /** The range while the address holds none. */
  #opening: TimeRange;
  #values: Readonly<Record<string, readonly string[]>> | undefined;
  #kinds: readonly AnnotationKind[] = [];
  #span: Span = { fromMs: 0, toMs: 1 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasAskedValues = false;
  #isGone = false;

  constructor(
    definition: DashboardDefinition,
    stored: Span | null | undefined,
    address: Address,
    context: ViewContext,
  ) {
    this.#definition = definition;
    this.#stored = stored;
    this.#opening = openingRange(definition.defaultRangeSeconds, stored ?? undefined, serverNow());
    this.#address = address;
    this.#context = context;
    this.#lines = new LinesDrawer({ dashboard: definition.uid, variables: () => this.#address.variables });
    const byRoot = new Map<Element, PanelView>();
    const sections = definition.sections.map((section) => {
      const views = section.panels.map((panel) => {
        const view = new PanelView(panel, {
          zoom: (fromMs, toMs) => this.#choose(absolute(fromMs, toMs)),
          zoomOut: () => this.zoomOut(),
          hrefOf: (link, tags) => drillHref(this.#address, link, tags),
          panelHref: (uid, viewPanel) =>
            addressText({ ...this.#address, view: 'dashboard', uid, viewPanel: viewPanel ?? undefined }),
          toggleView: (id) => this.#view(this.#address.viewPanel === id ? undefined : id),
          openLines: (picked) => this.#lines.open(picked),
        });
        byRoot.set(view.root, view);
        return view;
      });
      const heading = section.title === '' ? undefined : element('h2', { class: 'section-title' }, section.title);
      const grid = element('div', { class: 'grid' }, ...views.map((view) => view.root));
      return { views, root: element('section', { class: 'section' }, heading, grid) };
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
        this.#controls,
      ),
      this.#bar.root,
      this.#notice,
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
    this.#lines.openFromAddress();
  }

  /** Shows what an address says of range, choices, events, and of the one panel that fills the page. */
  show(address: Address): void {
    this.#address = address;
    const viewed = this.#panels.find(({ id }) => id === address.viewPanel);
    this.root.classList.toggle('is-single', viewed !== undefined);
    for (const panel of this.#panels) panel.setViewed(panel === viewed);
    this.#drawControls();
    this.#drawBar();
    this.#annotate();
    void this.refresh();
  }

  /** Asks everything that can be seen again. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#stored === null) await this.#lookAgain();
    let span = spanOf(this.#range(), serverNow());
    // What was stored when the page was opened may have grown since.
    if (span && this.#stored && this.#stored.toMs < span.fromMs) await this.#lookAgain();
    if (this.#isGone) return;
    span = spanOf(this.#range(), serverNow());
    if (!span) {
      this.#choose(undefined);
      return;
    }
    this.#span = { fromMs: Math.floor(span.fromMs), toMs: Math.ceil(span.toMs) };
    this.#drawNotice();
    for (const panel of this.#panels) this.#stale.add(panel);
    await Promise.all([this.#loadStale(), this.#loadAnnotations()]);
    this.#schedule();
  }

  /** The range twice as long. */
  zoomOut(): void {
    this.#choose(zoomedOut(this.#span, serverNow()));
  }

  /** The range moved by half its length. */
  shift(direction: -1 | 1): void {
    if (direction < 0 || !isLive(this.#range())) this.#choose(shifted(this.#span, direction));
  }

  /** Fixes a range that moves with the time, so that its address can be handed on. */
  makeAbsolute(): void {
    this.#choose(absolute(this.#span.fromMs, this.#span.toMs));
  }

  /** Lets the panel under the pointer, or with the focus, fill the page; or all come back. */
  toggleView(): void {
    const at = (isMeant: (root: HTMLElement) => boolean): PanelView | undefined =>
      this.#panels.find(({ root }) => isMeant(root));
    const meant = at((root) => root.matches(':hover')) ?? at((root) => root.contains(document.activeElement));
    this.#view(this.#address.viewPanel === undefined ? meant?.id : undefined);
  }

  /** Brings all panels back. */
  leaveView(): void {
    if (this.#address.viewPanel !== undefined) this.#view(undefined);
  }

  /** Draws again in another theme. */
  redraw(): void {
    for (const panel of this.#panels) panel.redraw();
  }

  /** Takes the dashboard away. */
  destroy(): void {
    this.#isGone = true;
    clearTimeout(this.#timer);
    this.#feed.stop();
    this.#observer.disconnect();
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#lines.destroy();
    for (const panel of this.#panels) panel.destroy();
    this.root.remove();
  }

  readonly #onVisibility = (): void => {
    if (!document.hidden && isLive(this.#range())) void this.refresh();
  };

  #view(viewPanel: number | undefined): void {
    if (viewPanel !== this.#address.viewPanel) this.#context.go({ ...this.#address, viewPanel });
  }

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

  async #loadAnnotations(): Promise<void> {
    const asked = { dashboard: this.#definition.uid, ...this.#span, variables: this.#address.variables };
    const kinds = await this.#feed.ask(asked);
    if (!kinds || this.#isGone) return;
    this.#kinds = kinds;
    this.#drawBar();
    this.#annotate();
  }

  #annotate(): void {
    const shown = this.#kinds.filter(({ id }) => !this.#address.hidden.includes(id));
    for (const panel of this.#panels) panel.annotate(shown);
  }

  async #lookAgain(): Promise<void> {
    const answer = await fetchSpan().catch(() => undefined);
    if (!answer?.span || this.#isGone) return;
    const wasEmpty = this.#stored === null;
    this.#stored = answer.span;
    if (!wasEmpty) return;
    this.#opening = openingRange(this.#definition.defaultRangeSeconds, answer.span, serverNow());
    this.#drawControls();
    void this.#loadVariables();
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
    if (this.#address.refreshSeconds !== undefined) return this.#address.refreshSeconds;
    const span = spanOf(this.#range(), serverNow());
    return this.#stored === null || (span && span.toMs - span.fromMs <= shortRangeMs) ? 5 : 15;
  }

  #choose(range: TimeRange | undefined): void {
    this.#context.go({ ...this.#address, range });
  }

  #drawControls(): void {
    this.#controls.replaceChildren(
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

  #drawBar(): void {
    this.#bar.draw({
      variables: this.#definition.variables,
      address: this.#address,
      values: () => this.#values,
      kinds: this.#kinds,
      go: (address) => this.#context.go(address),
    });
  }

  #drawNotice(): void {
    const { viewPanel } = this.#address;
    const found = noticeOf({
      stored: this.#stored,
      span: this.#span,
      statusHref: addressText({ ...this.#address, view: 'status', viewPanel: undefined }),
      unknownPanel: this.#panels.some(({ id }) => id === viewPanel) ? undefined : viewPanel,
      choose: (range) => this.#choose(range),
    });
    if (found?.textContent !== this.#notice.textContent) this.#notice.replaceChildren(...(found ? [found] : []));
  }

  async #loadVariables(): Promise<void> {
    if (this.#definition.variables.length === 0) return;
    try {
      this.#values = (await fetchVariableValues(this.#definition.uid)).values;
    } catch {
      // The panels say what is wrong; the choosers then offer what the address holds.
      this.#values = {};
    }
    this.#bar.refill();
  }
}
