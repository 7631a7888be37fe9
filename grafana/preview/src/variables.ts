/** `$variables`: their values, and their places in queries, titles and links. */
import { type DataFrame, getFieldDisplayName, type ScopedVars, type TimeRange } from '@grafana/data';

import { ask } from './prometheus';

export interface Variable {
  name: string;
  type: string;
  query?: string | { query?: string };
  regex?: string;
  sort?: number;
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string | null;
  current?: { text?: string | string[]; value?: string | string[] };
  options?: Option[];
  hide?: number;
  label?: string;
}

export interface Option {
  text: string;
  value: string;
}

/** What names mean: dashboard variables with the values chosen, and the time range. */
export interface Scope {
  variables: Variable[];
  values: Record<string, Option[]>;
  options: Record<string, Option[]>;
  range: TimeRange;
}

const ALL: Option = { text: 'All', value: '$__all' };
const PLACE = /\$(\w+)|\$\{(\w+)((?:\.[^:}]+)?)(?::([^}]+))?\}/g;
const LABEL_VALUES = /^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)\s*$/s;
const QUERY_RESULT = /^query_result\((.+)\)\s*$/s;

/** Choose a value for each variable, in order: the address', else the one saved, else the first. */
export async function choose(variables: Variable[], range: TimeRange): Promise<Scope> {
  const address = new URLSearchParams(window.location.search);
  const scope: Scope = { variables, values: {}, options: {}, range };
  for (const variable of variables) {
    const found = await options(variable, scope);
    const all = variable.includeAll ? [ALL, ...found] : found;
    scope.options[variable.name] = all;
    const asked = address.getAll(`var-${variable.name}`);
    const saved = [variable.current?.value ?? []].flat();
    const pick = (wanted: string[]): Option[] =>
      variable.type === 'textbox'
        ? wanted.map((value) => ({ text: value, value }))
        : all.filter((option) => wanted.includes(option.value) || (option.value === ALL.value && wanted.includes('All')));
    const chosen = asked.length ? pick(asked) : pick(saved);
    scope.values[variable.name] = chosen.length ? chosen : all.slice(0, 1);
  }
  return scope;
}

async function options(variable: Variable, scope: Scope): Promise<Option[]> {
  const text = typeof variable.query === 'string' ? variable.query : (variable.query?.query ?? '');
  if (variable.type === 'query') {
    return sorted(matched(await asked(replaced(text, scope, 'promql'), scope), variable.regex), variable.sort ?? 0);
  }
  if (variable.type === 'custom' || variable.type === 'interval') {
    return text.split(',').map((part) => {
      const [label, value] = part.split(' : ').map((half) => half.trim());
      return { text: label, value: value ?? label };
    });
  }
  return [{ text, value: text }]; // constant, textbox; data sources: there is one
}

async function asked(text: string, scope: Scope): Promise<string[]> {
  const times = { start: String(scope.range.from.unix()), end: String(scope.range.to.unix()) };
  const labels = LABEL_VALUES.exec(text);
  if (labels) {
    const match = labels[1] ? { 'match[]': labels[1] } : {};
    return ask<string[]>(`label/${labels[2]}/values`, { ...times, ...match } as Record<string, string>);
  }
  const result = QUERY_RESULT.exec(text);
  const data = await ask<{ result: Array<{ metric: Record<string, string>; value: [number, string] }> }>('query', {
    query: result ? result[1] : text,
    time: times.end,
  });
  return data.result.map(({ metric: { __name__: name = '', ...labels }, value: [at, value] }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}{${pairs.join(',')}} ${value} ${at * 1000}`;
  });
}

function matched(texts: string[], regex?: string): Option[] {
  const [, pattern, flags] = /^\/(.*)\/(\w*)$/s.exec(regex ?? '') ?? [];
  const expression = regex ? new RegExp(pattern ?? `^${regex}$`, (flags ?? '').replace('g', '')) : undefined;
  const found = texts.flatMap((text) => {
    const match = expression?.exec(text);
    if (expression && !match) {
      return [];
    }
    const value = match?.groups?.value ?? match?.groups?.text ?? match?.[1] ?? text;
    return [{ text: match?.groups?.text ?? value, value }];
  });
  return found.filter((option, i) => found.findIndex(({ value }) => value === option.value) === i);
}

function sorted(found: Option[], sort: number): Option[] {
  if (sort === 0) {
    return found;
  }
  const numeric = sort === 3 || sort === 4 || sort >= 7;
  const order = [...found].sort((a, b) => a.text.localeCompare(b.text, undefined, { numeric }));
  return sort % 2 ? order : order.reverse();
}

/** The text with every name that is known replaced; `promql`: as in a query. */
export function replaced(text: string, scope: Scope, format?: string, more: ScopedVars | Record<string, string> = {}) {
  return text.replace(PLACE, (whole, short, long, path = '', as = format) => {
    const name: string = short ?? long;
    const own = more[name] as string | { value: unknown; text?: string } | undefined;
    if (typeof own === 'string') {
      return own;
    }
    const context = (more.__dataContext as { value: Context } | undefined)?.value;
    const known = (context && fromData(name + path, context)) ?? fromRange(name, scope.range, path);
    if (known !== undefined) {
      return as === 'percentencode' || as === 'uriencode' ? encodeURIComponent(known) : known;
    }
    const values = own ? [{ text: own.text ?? String(own.value), value: String(own.value) }] : scope.values[name];
    return values === undefined ? whole : formatted(name, values, scope, as);
  });
}

function formatted(name: string, chosen: Option[], scope: Scope, format = 'glob'): string {
  const variable = scope.variables.find((one) => one.name === name);
  const isAll = chosen[0]?.value === ALL.value;
  const values = (isAll ? scope.options[name].slice(1) : chosen).map(({ value }) => value);
  const escaped = (value: string) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&').replaceAll('\\', '\\\\');
  switch (format) {
    case 'queryparam':
      return chosen.map(({ value }) => `var-${name}=${encodeURIComponent(value)}`).join('&');
    case 'text':
      return chosen.map(({ text }) => text).join(' + ');
    case 'regex':
      return isAll && variable?.allValue ? variable.allValue : values.map(escaped).join('|');
    case 'promql':
      if (!variable?.multi && !variable?.includeAll) {
        return (values[0] ?? '').replaceAll('\\', '\\\\').replaceAll("'", "\\'");
      }
      if (isAll && variable.allValue) {
        return variable.allValue;
      }
      return values.length === 1 ? escaped(values[0]) : `(${values.map(escaped).join('|')})`;
    case 'percentencode':
    case 'uriencode':
      return encodeURIComponent(values.join(','));
    case 'pipe':
      return values.join('|');
    case 'csv':
    case 'raw':
      return values.join(',');
    default:
      return values.length === 1 ? values[0] : `{${values.join(',')}}`;
  }
}

interface Context {
  data: DataFrame[];
  frame: DataFrame;
  field: DataFrame['fields'][number];
  rowIndex?: number;
  calculatedValue?: { text: string; numeric: number };
}

function fromData(name: string, { data, frame, field, rowIndex, calculatedValue }: Context): string | undefined {
  const key = /^__(?:data\.fields|field\.labels)(?:\.(.+)|\[["']?(.+?)["']?\])$/.exec(name);
  const wanted = key?.[1] ?? key?.[2];
  const raw = rowIndex === undefined ? undefined : field.values[rowIndex];
  if (name.startsWith('__data.fields') && wanted !== undefined) {
    const other =
      frame.fields.find((one) => getFieldDisplayName(one, frame, data) === wanted || one.name === wanted) ??
      frame.fields[Number(wanted)];
    return other && rowIndex !== undefined ? String(other.values[rowIndex]) : '';
  }
  if (name.startsWith('__field.labels')) {
    return field.labels?.[wanted ?? ''] ?? '';
  }
  switch (name) {
    case '__field.name':
    case '__field.displayName':
    case '__series.name':
      return getFieldDisplayName(field, frame, data);
    case '__value.text':
      return calculatedValue?.text ?? (raw === undefined ? '' : (field.display?.(raw).text ?? String(raw)));
    case '__value.raw':
    case '__value.numeric':
      return String(calculatedValue?.numeric ?? raw ?? '');
    default:
      return undefined;
  }
}

function fromRange(name: string, range: TimeRange, path: string): string | undefined {
  switch (name) {
    case '__from':
    case '__to': {
      const moment = range[name === '__from' ? 'from' : 'to'];
      return path ? moment.toISOString() : String(moment.valueOf());
    }
    case '__url_time_range':
      return `from=${String(range.raw.from)}&to=${String(range.raw.to)}`;
    default:
      return undefined;
  }
}
