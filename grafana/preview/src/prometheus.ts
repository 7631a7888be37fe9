/** Prometheus' answers as the data frames that Grafana's Prometheus data source makes of them. */
import { type DataFrame, type Field, FieldType, type Labels, rangeUtil, type TimeRange } from '@grafana/data';

import { type Scope, replaced } from './variables';

export interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
  format?: 'table' | 'time_series' | 'heatmap';
  instant?: boolean;
  range?: boolean;
  interval?: string;
  hide?: boolean;
}

interface Series {
  metric: Labels;
  value?: [number, string];
  values?: Array<[number, string]>;
}

const SCRAPE_INTERVAL_MS = 15_000;
const MAX_POINTS = 11_000;

export async function ask<T>(path: string, parameters: Record<string, string>): Promise<T> {
  const base = new URLSearchParams(window.location.search).get('prometheus') ?? import.meta.env.VITE_PROMETHEUS;
  const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const document = await answer.json();
  if (document.status !== 'success') {
    throw new Error(document.error);
  }
  return document.data;
}

/** The frames of all of a panel's queries; `points`: how many a graph has room for. */
export async function query(targets: Target[], range: TimeRange, points: number, scope: Scope): Promise<DataFrame[]> {
  const shown = targets.filter((target) => !target.hide);
  const answers = await Promise.all(shown.map((target) => answer(target, range, points, scope)));
  const tables = shown.filter((target) => target.format === 'table');
  return shown.flatMap((target, i) =>
    target.format === 'table' && answers[i].some((frame) => frame.length)
      ? [table(answers[i], target, tables.length > 1 ? `Value #${target.refId}` : 'Value')]
      : answers[i]
  );
}

async function answer(target: Target, range: TimeRange, points: number, scope: Scope): Promise<DataFrame[]> {
  const from = range.from.valueOf();
  const to = range.to.valueOf();
  const lowest = target.interval ? rangeUtil.intervalToMs(replaced(target.interval, scope)) : SCRAPE_INTERVAL_MS;
  const step = Math.max(rangeUtil.calculateInterval(range, points).intervalMs, lowest, (to - from) / MAX_POINTS);
  const expr = replaced(target.expr, scope, 'promql', intervals(step, to - from));
  const instant = target.instant && !target.range;
  const data = instant
    ? await ask<{ resultType: string; result: unknown }>('query', { query: expr, time: String(to / 1000) })
    : await ask<{ resultType: string; result: unknown }>('query_range', {
        query: expr,
        start: String((Math.floor(from / step) * step) / 1000),
        end: String((Math.floor(to / step) * step) / 1000),
        step: String(step / 1000),
      });
  const series = data.resultType === 'scalar' ? [{ metric: {}, value: data.result }] : data.result;
  const frames = (series as Series[]).map((one) => frame(one, target, expr));
  return frames.length ? frames : [{ refId: target.refId, fields: [], length: 0 }];
}

function intervals(step: number, length: number): Record<string, string> {
  return {
    __interval: `${Math.round(step / 1000)}s`,
    __interval_ms: String(step),
    __rate_interval: `${Math.round(Math.max(step + SCRAPE_INTERVAL_MS, 4 * SCRAPE_INTERVAL_MS) / 1000)}s`,
    __range: `${Math.round(length / 1000)}s`,
    __range_s: String(Math.round(length / 1000)),
    __range_ms: String(length),
  };
}

function frame(series: Series, target: Target, expr: string): DataFrame {
  const points = series.values ?? [series.value!];
  const fields: Field[] = [
    { name: 'Time', type: FieldType.time, config: {}, values: points.map(([at]) => at * 1000) },
    {
      name: series.metric.__name__ ?? 'Value',
      type: FieldType.number,
      labels: series.metric,
      config: { displayNameFromDS: legend(series.metric, target, expr) || undefined },
      values: points.map(([, value]) => number(value)),
    },
  ];
  return { refId: target.refId, fields, length: points.length };
}

function number(text: string): number {
  return text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

function legend(labels: Labels, target: Target, expr: string): string {
  if (target.legendFormat === '__auto') {
    return Object.keys(labels).length ? '' : expr;
  }
  if (target.legendFormat) {
    return target.legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
  }
  const { __name__: name = '', ...others } = labels;
  const pairs = Object.entries(others).map(([label, value]) => `${label}="${value}"`);
  return pairs.length || name ? `${name}{${pairs.join(', ')}}` : expr;
}

/** One frame of all series: time, each label in order, value. */
function table(frames: DataFrame[], target: Target, valueName: string): DataFrame {
  const labels: string[] = [];
  for (const { fields } of frames) {
    for (const label of Object.keys(fields[1].labels ?? {}).sort()) {
      if (!labels.includes(label)) {
        labels.push(label);
      }
    }
  }
  const rows = frames.flatMap(({ fields }) =>
    fields[0].values.map((at, i) => ({ at, value: fields[1].values[i], labels: fields[1].labels ?? {} }))
  );
  const fields: Field[] = [
    { name: 'Time', type: FieldType.time, config: {}, values: rows.map((row) => row.at) },
    ...labels.map((label) => ({
      name: label,
      type: label === 'le' ? FieldType.number : FieldType.string,
      config: { filterable: true },
      values: rows.map((row) => row.labels[label] ?? ''),
    })),
    { name: valueName, type: FieldType.number, config: {}, values: rows.map((row) => row.value) },
  ];
  return { refId: target.refId, fields, length: rows.length };
}
