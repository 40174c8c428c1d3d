// Numbers as Go's `printf` and Grafana's template functions write them: halves go to the even digit, which JavaScript
// rounds up, and `%.4g` has its own rule for exponents. So a text made here is the one that Grafana would send.

/** More digits than any tie of a double has where it matters: enough to tell an exact half from nearly one. */
const exactDigits = 60;

/** `%.<decimals>f`. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const { digits, exponent } = rounded(value, (exponent) => exponent + 1 + decimals);
  const sign = isNegative(value) ? '-' : '';
  // As a whole number of the last decimal, with zeros in front so that there is a digit before the point.
  const last = exponent + 1 + decimals;
  const whole = (last <= 0 ? '' : digits.padEnd(last, '0').slice(0, last)).padStart(decimals + 1, '0');
  if (decimals === 0) return sign + whole;
  return `${sign}${whole.slice(0, -decimals)}.${whole.slice(-decimals)}`;
}

/** `%.<precision>g`: so many digits that count, without zeros at the end; an exponent for the very large and small. */
export function general(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const sign = isNegative(value) ? '-' : '';
  if (value === 0) return `${sign}0`;
  const { digits, exponent } = rounded(value, () => precision);
  const short = digits.replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= precision) {
    const mantissa = short.length === 1 ? short : `${short[0]}.${short.slice(1)}`;
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${short}`;
  const whole = short.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const rest = short.slice(exponent + 1);
  return `${sign}${whole}${rest === '' ? '' : `.${rest}`}`;
}

/** `humanizePercentage` of a ratio: 0.0123 is `1.23%`. */
export function percentage(ratio: number): string {
  return `${general(ratio * 100, 4)}%`;
}

/** `humanizeDuration` of seconds: `1h 2m 5s`, `12.5s`, `250ms`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return general(seconds, 4);
  if (seconds === 0) return '0s';
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? '-' : '';
  if (size >= 1) {
    const whole = Math.trunc(size);
    const parts: [number, string][] = [
      [Math.floor(whole / 86_400), 'd'],
      [Math.floor(whole / 3600) % 24, 'h'],
      [Math.floor(whole / 60) % 60, 'm'],
      [whole % 60, 's'],
    ];
    const first = parts.findIndex(([count]) => count !== 0);
    if (first >= 3) return `${sign}${general(size, 4)}s`;
    return (
      sign +
      parts
        .slice(first)
        .map(([count, unit]) => `${count}${unit}`)
        .join(' ')
    );
  }
  let small = seconds;
  let unit = '';
  for (const prefix of 'munpfazy') {
    if (Math.abs(small) >= 1) break;
    unit = prefix;
    small *= 1000;
  }
  return `${general(small, 4)}${unit}s`;
}

/** The digits of a value rounded half to even, `count(exponent)` of them (none below 1), and its exponent after that. */
function rounded(value: number, count: (exponent: number) => number): { digits: string; exponent: number } {
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential(exactDigits).split('e');
  const all = mantissa.replace('.', '');
  const exponent = value === 0 ? 0 : Number(power);
  const kept = count(exponent);
  if (kept < 0) return { digits: '', exponent };
  const digits = all.slice(0, kept);
  const rest = all.slice(kept);
  const isTie = /^50*$/.test(rest);
  const isUp = isTie ? Number(digits.at(-1) ?? '0') % 2 === 1 : rest >= '5';
  if (!isUp) return { digits, exponent };
  const next = (BigInt(digits || '0') + 1n).toString().padStart(kept, '0');
  return next.length > kept ? { digits: next, exponent: exponent + 1 } : { digits: next, exponent };
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
