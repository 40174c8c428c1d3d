// The form that silences an alert, or every alert of a rule, for a while.
import { beginSilence } from './alerts-data.ts';
import { labelList } from './alert-parts.ts';
import { element } from './dom.ts';
import { popover } from './popover.ts';
import { serverNow } from './server-time.ts';
import { localText } from './time-range.ts';

/** What is to be silenced; without labels every alert of the rule. */
export interface SilenceSubject {
  readonly ruleUid: string;
  readonly title: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const durations: readonly (readonly [minutes: number, label: string])[] = [
  [30, '30 minutes'],
  [120, '2 hours'],
  [480, '8 hours'],
  [1440, '24 hours'],
];

/** A button with the form behind it. `onDone` is called when a silence has begun. */
export function silenceButton(subject: SilenceSubject, onDone: () => void): HTMLElement {
  const what = subject.labels ? 'this alert' : `every alert of ${subject.title}`;
  const button = element(
    'button',
    { type: 'button', class: 'tool tool-wide', 'aria-label': `Silence ${what}` },
    'Silence',
  );
  return popover(button, `Silence ${what}`, (close) => form(subject, close, onDone), 'right').root;
}

function form({ ruleUid, title, labels }: SilenceSubject, close: () => void, onDone: () => void): HTMLElement {
  const length = element(
    'select',
    { class: 'tool tool-select', name: 'length' },
    ...durations.map(([minutes, label]) => element('option', { value: minutes }, label)),
    element('option', { value: 'until' }, 'Until a time'),
  );
  const until = element('input', { type: 'datetime-local', name: 'until', step: 60 });
  until.value = localText(serverNow() + 86_400_000).slice(0, 16);
  const untilField = element('label', { class: 'field', hidden: true }, 'Until (30 days at most)', until);
  const comment = element('input', { type: 'text', name: 'comment', maxlength: 500, placeholder: 'Why, and who' });
  const whole = element('input', { type: 'checkbox', name: 'whole' });
  const fault = element('p', { class: 'fault', role: 'alert', hidden: true });
  const send = element('button', { type: 'submit', class: 'primary' }, 'Silence');
  length.addEventListener('change', () => (untilField.hidden = length.value !== 'until'));
  const refuse = (text: string): void => {
    fault.textContent = text;
    fault.hidden = false;
  };
  const made = element(
    'form',
    { class: 'silence-form' },
    element('h3', {}, title),
    labels === undefined ? element('p', { class: 'hint' }, 'Every alert of this rule') : labelList(labels),
    element('label', { class: 'field' }, 'For', length),
    untilField,
    element('label', { class: 'field' }, 'Comment', comment),
    labels === undefined
      ? undefined
      : element('label', { class: 'choice' }, whole, element('span', {}, 'Every alert of this rule')),
    fault,
    send,
  );
  const submit = async (): Promise<void> => {
    const untilMs = new Date(until.value).getTime();
    const isUntil = length.value === 'until';
    if (isUntil && !Number.isFinite(untilMs)) return refuse('Enter a date and a time.');
    send.disabled = true;
    try {
      await beginSilence({
        ruleUid,
        comment: comment.value,
        ...(labels === undefined || whole.checked ? {} : { labels }),
        ...(isUntil ? { untilMs } : { minutes: Number(length.value) }),
      });
      close();
      onDone();
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
    } finally {
      send.disabled = false;
    }
  };
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  return made;
}
