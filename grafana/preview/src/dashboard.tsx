/** A dashboard's JSON on Grafana's grid: its panels ask Prometheus and are drawn. */
import {
  applyFieldOverrides,
  type DataFrame,
  type DataTransformerConfig,
  type FieldConfigSource,
  LoadingState,
  type ScopedVars,
  type TimeRange,
  transformDataFrame,
} from '@grafana/data';
import { ErrorBoundaryAlert, Icon, PanelChrome } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { lastValueFrom } from 'rxjs';

import { fieldConfigOf, registryOf, theme } from './grafana';
import { Draw } from './panels';
import { query, type Target } from './prometheus';
import { type Option, replaced, type Scope, type Variable } from './variables';

export interface Link {
  title: string;
  url?: string;
  targetBlank?: boolean;
}

export interface Panel {
  id: number;
  type: string;
  title?: string;
  description?: string;
  transparent?: boolean;
  gridPos: { x: number; y: number; w: number; h: number };
  options?: object;
  fieldConfig?: Partial<FieldConfigSource>;
  targets?: Target[];
  transformations?: DataTransformerConfig[];
  links?: Link[];
  maxDataPoints?: number;
  repeat?: string;
  repeatDirection?: 'h' | 'v';
  maxPerRow?: number;
  panels?: Panel[];
  own?: ScopedVars;
}

export interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  links?: Link[];
  time?: { from: string; to: string };
  templating?: { list?: Variable[] };
}

const COLUMNS = 24;
const CELL = 30;
const GAP = 8;

/** Lay the panels out on `width` pixels; with a `height` the rows share it, as Grafana's `autofitpanels` has it. */
export function Grid(props: { dashboard: Dashboard; scope: Scope; width: number; height?: number; done: () => void }) {
  const { dashboard, scope, width, height, done } = props;
  const panels = dashboard.panels.flatMap((panel) => repeated(panel, scope));
  const rows = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const cell = height === undefined ? CELL : (height - (rows - 1) * GAP) / rows;
  const column = (width - (COLUMNS - 1) * GAP) / COLUMNS;
  const [left, setLeft] = useState(panels.length);
  useEffect(() => {
    if (left === 0) {
      done();
    }
  }, [left]);
  return (
    <div style={{ position: 'relative', height: rows * (cell + GAP) - GAP }}>
      {panels.map((panel, i) => {
        const { x, y, w, h } = panel.gridPos;
        const size = { width: w * (column + GAP) - GAP, height: h * (cell + GAP) - GAP };
        return (
          <div key={i} style={{ position: 'absolute', left: x * (column + GAP), top: y * (cell + GAP), ...size }}>
            <ErrorBoundaryAlert>
              <Framed panel={panel} scope={scope} {...size} done={() => setLeft((before) => before - 1)} />
            </ErrorBoundaryAlert>
          </div>
        );
      })}
    </div>
  );
}

/** A panel that repeats over a variable's values, once for each, beside or below each other. */
function repeated(panel: Panel, scope: Scope): Panel[] {
  const name = panel.repeat;
  if (!name || !scope.values[name]) {
    return [panel];
  }
  const chosen = scope.values[name][0]?.value === '$__all' ? scope.options[name].slice(1) : scope.values[name];
  const { x, y, w, h } = panel.gridPos;
  const abreast = panel.repeatDirection === 'v' ? 1 : Math.min(chosen.length, panel.maxPerRow ?? 4);
  const each = panel.repeatDirection === 'v' ? w : COLUMNS / abreast;
  return chosen.map(({ text, value }: Option, i) => ({
    ...panel,
    own: { [name]: { text, value } },
    gridPos: { x: abreast === 1 ? x : (i % abreast) * each, y: y + Math.floor(i / abreast) * h, w: each, h },
  }));
}

interface Size {
  width: number;
  height: number;
}

function Framed({ panel, scope, width, height, done }: { panel: Panel; scope: Scope; done: () => void } & Size) {
  const [frames, setFrames] = useState<DataFrame[]>();
  const [error, setError] = useState<string>();
  const here: Scope = { ...scope, values: { ...scope.values, ...ownValues(panel) } };
  const replace = (text = '', more?: ScopedVars, format?: unknown) =>
    replaced(text, here, typeof format === 'string' ? format : undefined, more);
  const fieldConfig = fieldConfigOf(panel.type, panel.fieldConfig);
  useEffect(() => {
    load(panel, here, width, fieldConfig, replace)
      .then(setFrames, (reason: Error) => {
        console.error(`${panel.title || `panel ${panel.id}`}: ${reason.message}`);
        setError(reason.message);
      })
      .then(done);
  }, []);
  const links = panel.links ?? [];
  const title = replace(panel.title);
  if (panel.type === 'row') {
    return <div style={{ ...theme.typography.h5, lineHeight: `${height}px`, paddingLeft: 8 }}>{title}</div>;
  }
  return (
    <PanelChrome
      width={width}
      height={height}
      title={title}
      description={panel.description && (() => replace(panel.description))}
      hoverHeader={!title}
      displayMode={panel.transparent ? 'transparent' : 'default'}
      loadingState={frames || error ? LoadingState.Done : LoadingState.Loading}
      statusMessage={error}
      titleItems={
        links.length > 0 && (
          <a href={replace(links[0].url)} title={replace(links[0].title)} style={{ padding: 8 }}>
            <Icon name="external-link-alt" size="md" />
          </a>
        )
      }
    >
      {(innerWidth, innerHeight) =>
        frames && (
          <Draw
            {...{ type: panel.type, title, options: panel.options ?? {}, fieldConfig, frames, replace }}
            range={scope.range}
            width={innerWidth}
            height={innerHeight}
          />
        )
      }
    </PanelChrome>
  );
}

function ownValues(panel: Panel): Record<string, Option[]> {
  const own = Object.entries(panel.own ?? {}).map(([name, one]) => [name, [{ text: one!.text, value: one!.value }]]);
  return Object.fromEntries(own);
}

async function load(
  panel: Panel,
  scope: Scope,
  width: number,
  fieldConfig: FieldConfigSource,
  replace: (text?: string, more?: ScopedVars, format?: unknown) => string
): Promise<DataFrame[]> {
  const asked = await query(panel.targets ?? [], scope.range, panel.maxDataPoints ?? Math.floor(width), scope);
  const transformed = transformDataFrame(panel.transformations ?? [], asked, { interpolate: replace });
  return applyFieldOverrides({
    data: await lastValueFrom(transformed),
    fieldConfig,
    fieldConfigRegistry: registryOf(fieldConfig),
    replaceVariables: replace,
    theme,
    timeZone: 'browser',
  });
}

export function timeOf(range: TimeRange): string {
  return `${range.raw.from} to ${range.raw.to}`;
}
