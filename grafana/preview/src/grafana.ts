/** What Grafana's application registers at its start: transformers, and the properties that fields may have. */
import {
  createTheme,
  type DataFrame,
  FieldColorModeId,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  locationUtil,
  standardTransformers,
  standardTransformersRegistry,
  ThresholdsMode,
  type ThresholdsConfig,
} from '@grafana/data';
import { config } from '@grafana/runtime';

export const theme = createTheme({ colors: { mode: 'dark' } });

const STANDARD = 'displayName unit min max decimals color thresholds mappings noValue links filterable description fieldMinMax';

/** What a panel without the option has, as in Grafana's plugin. */
const OPTIONS: Record<string, object> = {
  stat: { colorMode: 'value', graphMode: 'area', justifyMode: 'auto', textMode: 'auto', wideLayout: true },
  gauge: { showThresholdLabels: false, showThresholdMarkers: true, minVizHeight: 75, minVizWidth: 75, sizing: 'auto' },
  bargauge: {
    displayMode: 'gradient',
    namePlacement: 'auto',
    showUnfilled: true,
    sizing: 'auto',
    valueMode: 'color',
    minVizHeight: 16,
    minVizWidth: 8,
    maxVizHeight: 300,
  },
  table: { showHeader: true, cellHeight: 'sm' },
  timeseries: { legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] } },
  text: { mode: 'markdown', content: '' },
};
const REDUCED = { reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' }, orientation: 'auto' };

const CUSTOM: Record<string, object> = {
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false },
  timeseries: {
    axisPlacement: 'auto',
    barAlignment: 0,
    drawStyle: 'line',
    fillOpacity: 0,
    gradientMode: 'none',
    hideFrom: { tooltip: false, viz: false, legend: false },
    lineInterpolation: 'linear',
    lineWidth: 1,
    pointSize: 5,
    scaleDistribution: { type: 'linear' },
    showPoints: 'auto',
    spanNulls: false,
    stacking: { mode: 'none', group: 'A' },
    thresholdsStyle: { mode: 'off' },
  },
};

export function startGrafana(): void {
  Object.assign(config, { theme2: theme });
  locationUtil.initialize({ config, getVariablesUrlParams: () => ({}), getTimeRangeForUrl: () => ({ from: '', to: '' }) });
  standardTransformersRegistry.setInit(() =>
    [...new Set(Object.values(standardTransformers))].map((transformation) => ({
      id: transformation.id,
      name: transformation.name,
      transformation,
      editor: () => null,
      imageDark: '',
      imageLight: '',
    }))
  );
}

export function optionsOf<T>(type: string, given: object = {}): T {
  const reduced = ['stat', 'gauge', 'bargauge'].includes(type) ? REDUCED : {};
  return { ...reduced, ...OPTIONS[type], ...given } as T;
}

/** A panel's field config with its plugin's defaults; JSON has `null` for a threshold that lies below everything. */
export function fieldConfigOf(type: string, given: Partial<FieldConfigSource> = {}): FieldConfigSource {
  const defaults = given.defaults ?? {};
  const mode = type === 'timeseries' ? FieldColorModeId.PaletteClassic : FieldColorModeId.Thresholds;
  return {
    defaults: {
      ...defaults,
      color: defaults.color ?? { mode },
      thresholds: bottomless(defaults.thresholds) ?? {
        mode: ThresholdsMode.Absolute,
        steps: [
          { value: -Infinity, color: 'green' },
          { value: 80, color: 'red' },
        ],
      },
      custom: { ...CUSTOM[type], ...defaults.custom },
    },
    overrides: (given.overrides ?? []).map(({ matcher, properties }) => ({
      matcher,
      properties: properties.map(({ id, value }) => ({ id, value: id === 'thresholds' ? bottomless(value) : value })),
    })),
  };
}

function bottomless(thresholds?: ThresholdsConfig): ThresholdsConfig | undefined {
  return thresholds && { ...thresholds, steps: thresholds.steps.map((s, i) => (i ? s : { ...s, value: -Infinity })) };
}

/** The properties that a panel's defaults and overrides name. */
export function registryOf({ defaults, overrides }: FieldConfigSource): FieldConfigOptionsRegistry {
  const named = overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const custom = [...Object.keys(defaults.custom ?? {}).map((key) => `custom.${key}`), ...named];
  const ids = new Set([...STANDARD.split(' '), ...custom.filter((id) => id.startsWith('custom.'))]);
  const process = (value: unknown) => value;
  return new FieldConfigOptionsRegistry(() =>
    [...ids].map((id) => {
      const isCustom = id.startsWith('custom.');
      const path = isCustom ? id.slice('custom.'.length) : id;
      return { id, path, isCustom, name: id, process, shouldApply: () => true } as unknown as FieldConfigPropertyItem;
    })
  );
}

export function isEmpty(frames: DataFrame[]): boolean {
  return frames.every((frame) => frame.length === 0);
}
