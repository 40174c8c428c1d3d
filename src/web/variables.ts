// The choices for the variables of a dashboard, from the parameters of a request.
import type { Request } from 'express';
import type { Dashboard } from '../model/panel.ts';
import type { VariableValues } from '../model/query.ts';

/** Most values of a variable that are offered and taken. */
export const maxVariableValues = 1000;

/** The choice for each declared variable from `var-<name>`; other parameters are ignored. */
export function chosenVariables(dashboard: Dashboard, request: Request): VariableValues {
  const chosen: Record<string, readonly string[]> = {};
  for (const { name } of dashboard.variables) {
    const given = request.query[`var-${name}`];
    const values = (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string');
    if (values.length > 0) chosen[name] = values.slice(0, maxVariableValues);
  }
  return chosen;
}
