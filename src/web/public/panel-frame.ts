// The frame around every panel: title, description, loading line, and the states error and empty.
import { element, icon } from './dom.ts';
import type { PanelDefinition } from './wire.ts';

/** A panel's frame on the page. */
export interface PanelFrame {
  readonly root: HTMLElement;
  /** Where the content is drawn. */
  readonly body: HTMLElement;
  /** Buttons at the right of the title. */
  readonly tools: HTMLElement;
  /** Shows that an answer is awaited. */
  setLoading(isLoading: boolean): void;
  /** Shows a message in place of the content (and its remedy), or with undefined the content again. */
  setMessage(message: { readonly kind: 'error' | 'empty'; readonly text: string } | undefined): void;
}

/** Makes the frame of a panel. */
export function panelFrame(panel: PanelDefinition): PanelFrame {
  const titleId = `panel-${panel.id}-title`;
  const body = element('div', { class: 'panel-body' });
  const message = element('div', { class: 'panel-message', hidden: true });
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
      title: panel.description,
    },
    icon('info'),
  );
  about.addEventListener('click', () => {
    description.hidden = !description.hidden;
    about.setAttribute('aria-expanded', String(!description.hidden));
  });
  const root = element(
    'section',
    { class: `panel panel-${panel.type}`, 'aria-labelledby': titleId, 'data-panel': panel.id },
    element(
      'header',
      { class: 'panel-header' },
      element('h3', { id: titleId, class: 'panel-title', title: panel.title }, panel.title),
      panel.description === '' ? undefined : about,
      tools,
    ),
    description,
    body,
    message,
    element('div', { class: 'panel-loading', 'aria-hidden': 'true' }),
  );
  root.style.setProperty('--panel-width', String(panel.width));
  root.style.setProperty('--panel-height', String(panel.height));
  return {
    root,
    body,
    tools,
    setLoading(isLoading) {
      root.classList.toggle('is-loading', isLoading);
      root.setAttribute('aria-busy', String(isLoading));
    },
    setMessage(state) {
      message.hidden = state === undefined;
      body.hidden = state !== undefined;
      message.className = `panel-message panel-message-${state?.kind ?? 'none'}`;
      message.replaceChildren();
      if (!state) return;
      message.append(icon(state.kind === 'error' ? 'warning' : 'chart'), element('span', {}, state.text));
      if (state.kind === 'error') message.setAttribute('role', 'alert');
      else message.removeAttribute('role');
    },
  };
}
