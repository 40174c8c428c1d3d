// The frame around every panel: title, description, links, the whole page for one panel, and the states loading, error
// and empty.
import { element, icon } from './dom.ts';
import type { DrillLink, PanelDefinition } from './wire.ts';

/** A panel's frame on the page. */
export interface PanelFrame {
  readonly root: HTMLElement;
  /** Where the content is drawn. */
  readonly body: HTMLElement;
  /** Buttons at the right of the title. */
  readonly tools: HTMLElement;
  /** Shows that an answer is awaited. */
  setLoading(isLoading: boolean): void;
  /**
   * Shows a message in place of the content, or with undefined the content again: a fault with its remedy, that there
   * is nothing, or the panel's own words for no value.
   */
  setMessage(message: { readonly kind: 'error' | 'empty' | 'none'; readonly text: string } | undefined): void;
  /** Says whether the panel fills the page. */
  setViewed(isViewed: boolean): void;
}

/** What the frame's buttons do. */
export interface FrameEvents {
  toggleView(): void;
  retry(): void;
  /** The address of a link of the whole panel. */
  linkHref(link: DrillLink): string;
}

/** Types whose links are within the content, on rows or tiles. */
const linkedInside = new Set<PanelDefinition['type']>(['stat', 'bargauge', 'table']);

/** Makes the frame of a panel. */
export function panelFrame(panel: PanelDefinition, events: FrameEvents): PanelFrame {
  const titleId = `panel-${panel.id}-title`;
  const body = element('div', { class: 'panel-body' });
  const message = element('div', { class: 'panel-message', hidden: true });
  const skeleton = element('div', { class: 'panel-skeleton', 'aria-hidden': 'true' });
  const tools = element('div', { class: 'panel-tools' });
  const description = element(
    'div',
    { class: 'panel-description', id: `panel-${panel.id}-about`, hidden: true },
    panel.description,
  );
  const about = element(
    'button',
    {
      type: 'button',
      class: 'panel-tool',
      'aria-label': `About: ${panel.title}`,
      'aria-expanded': 'false',
      'aria-controls': description.id,
      title: panel.description,
    },
    icon('info'),
  );
  about.addEventListener('click', () => {
    description.hidden = !description.hidden;
    about.setAttribute('aria-expanded', String(!description.hidden));
  });
  const view = element('button', {
    type: 'button',
    class: 'panel-tool panel-view',
    onclick: () => events.toggleView(),
  });
  const links = linkedInside.has(panel.type) ? [] : (panel.links ?? []);
  // The variables of the page are part of the address, so it is made when it is needed.
  const anchors = links.map((link) => {
    const anchor = element(
      'a',
      {
        class: 'panel-tool',
        href: events.linkHref(link),
        title: link.title,
        'aria-label': link.title,
        'data-inside': true,
      },
      icon('link'),
    );
    const update = (): void => anchor.setAttribute('href', events.linkHref(link));
    anchor.addEventListener('pointerenter', update);
    anchor.addEventListener('focus', update);
    return anchor;
  });
  tools.append(...anchors);
  const root = element(
    'section',
    {
      class: `panel panel-${panel.type} is-new`,
      'aria-labelledby': titleId,
      'data-panel': panel.id,
      'aria-busy': 'true',
    },
    element(
      'header',
      { class: 'panel-header' },
      element('h3', { id: titleId, class: 'panel-title', title: panel.title }, panel.title),
      panel.description === '' ? undefined : about,
      tools,
      view,
    ),
    description,
    body,
    message,
    skeleton,
    element('div', { class: 'panel-loading', 'aria-hidden': 'true' }),
  );
  root.style.setProperty('--panel-width', String(panel.width));
  root.style.setProperty('--panel-height', String(panel.height));
  const setViewed = (isViewed: boolean): void => {
    root.classList.toggle('is-viewed', isViewed);
    view.replaceChildren(icon(isViewed ? 'shrink' : 'expand'));
    const label = isViewed ? `Back to the dashboard: ${panel.title}` : `View alone: ${panel.title}`;
    view.setAttribute('aria-label', label);
    view.title = isViewed ? 'Back to the dashboard (Esc)' : 'View alone (v)';
  };
  setViewed(false);
  return {
    root,
    body,
    tools,
    setLoading(isLoading) {
      root.classList.toggle('is-loading', isLoading);
      root.setAttribute('aria-busy', String(isLoading));
    },
    setMessage(state) {
      root.classList.remove('is-new');
      message.hidden = state === undefined;
      body.hidden = state !== undefined;
      message.className = `panel-message panel-message-${state?.kind ?? 'off'}`;
      message.replaceChildren();
      if (!state) return;
      if (state.kind !== 'none') message.append(icon(state.kind === 'error' ? 'warning' : 'chart'));
      message.append(element('span', {}, state.text));
      if (state.kind === 'error') {
        message.setAttribute('role', 'alert');
        message.append(
          element('button', { type: 'button', class: 'tool', onclick: () => events.retry() }, 'Try again'),
        );
      } else message.removeAttribute('role');
    },
    setViewed,
  };
}
