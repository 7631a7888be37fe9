/** One panel's picture, by Grafana's components, put together as Grafana's panel plugins do it. */
import {
  cacheFieldDisplayNames,
  type DataFrame,
  type DisplayValue,
  DisplayValueAlignmentFactors,
  type FieldConfigSource,
  type FieldDisplay,
  FieldType,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  type InterpolateFunction,
  renderTextPanelMarkdown,
  textUtil,
  type TimeRange,
  VizOrientation,
} from '@grafana/data';
import { BarGauge, BigValue, BigValueTextMode, Gauge, preparePlotFrame, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

import { isEmpty, optionsOf, theme } from './grafana';

export interface Picture {
  type: string;
  title: string;
  options: object;
  fieldConfig: FieldConfigSource;
  frames: DataFrame[];
  range: TimeRange;
  replace: InterpolateFunction;
  width: number;
  height: number;
}

type Value = FieldDisplay;
type Repeated = { value: Value; width: number; height: number; count: number; orientation: VizOrientation } & {
  alignmentFactors: DisplayValueAlignmentFactors;
};

export function Draw(picture: Picture) {
  switch (picture.type) {
    case 'stat':
    case 'gauge':
    case 'bargauge':
      return <Values {...picture} />;
    case 'table':
      return <Table {...picture} />;
    case 'timeseries':
      return <Graph {...picture} />;
    case 'text':
      return <Text {...picture} />;
    default:
      return <Message text={`The preview cannot draw "${picture.type}".`} />;
  }
}

/** Stat, gauge and bar gauge: one drawing for each value, side by side or one below the other. */
function Values({ type, title, options: given, fieldConfig, frames, range, replace, width, height }: Picture) {
  const options = optionsOf<any>(type, given);
  const getValues = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: options.reduceOptions,
      replaceVariables: replace,
      theme,
      data: frames,
      sparkline: type === 'stat' && options.graphMode !== 'none',
      percentChange: options.showPercentChange,
    });
  const drawValue = ({ value, width, height, count, orientation, alignmentFactors }: Repeated) => {
    const shared = { width, height, theme, text: options.text };
    if (type === 'stat') {
      const named = fieldConfig.defaults.displayName || !title;
      return (
        <BigValue
          {...shared}
          value={value.display}
          count={count}
          sparkline={value.sparkline && { ...value.sparkline, timeRange: range }}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode === 'auto' && named ? BigValueTextMode.ValueAndName : options.textMode}
          alignmentFactors={alignmentFactors}
          disableWideLayout={!options.wideLayout}
          percentChangeColorMode={options.percentChangeColorMode}
        />
      );
    }
    const single = count === 1 && !value.field.displayName;
    const display: DisplayValue = single ? { ...value.display, title: undefined } : value.display;
    return type === 'gauge' ? (
      <Gauge
        {...shared}
        value={display}
        field={value.field}
        showThresholdLabels={options.showThresholdLabels}
        showThresholdMarkers={options.showThresholdMarkers}
        orientation={options.orientation}
      />
    ) : (
      <BarGauge
        {...shared}
        value={display}
        orientation={orientation}
        field={value.field}
        display={value.view?.getFieldDisplayProcessor(value.colIndex ?? 0)}
        itemSpacing={options.displayMode === 'lcd' ? 2 : 10}
        displayMode={options.displayMode}
        alignmentFactors={count > 1 ? alignmentFactors : undefined}
        showUnfilled={options.showUnfilled}
        valueDisplayMode={options.valueMode}
        namePlacement={options.namePlacement}
        isOverflow={false}
      />
    );
  };
  const manual = options.sizing === 'manual' ? options : OPTION_SIZES;
  const sizes = type === 'stat' ? {} : { minVizWidth: manual.minVizWidth, minVizHeight: manual.minVizHeight };
  return (
    <VizRepeater<Value, DisplayValueAlignmentFactors>
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={drawValue}
      width={width}
      height={height}
      source={frames}
      itemSpacing={type === 'stat' ? 3 : type === 'bargauge' ? (options.displayMode === 'lcd' ? 2 : 10) : 8}
      renderCounter={0}
      autoGrid={type !== 'bargauge'}
      orientation={options.orientation}
      {...(type === 'gauge' ? { minVizWidth: 75, minVizHeight: 75 } : sizes)}
      {...(type === 'bargauge' ? { maxVizHeight: manual.maxVizHeight } : {})}
    />
  );
}

const OPTION_SIZES = { minVizWidth: 8, minVizHeight: 16, maxVizHeight: 300 };

function Table({ options: given, fieldConfig, frames, range, width, height }: Picture) {
  const options = optionsOf<any>('table', given);
  if (!frames.some((frame) => frame.fields.length)) {
    return <Message text={fieldConfig.defaults.noValue ?? 'No data'} />;
  }
  cacheFieldDisplayNames(frames);
  const more = frames.length > 1 ? 40 : 0; // Grafana offers the other frames in a list below
  return (
    <>
      <TableNG
        data={frames[0]}
        width={width}
        height={height - more}
        noHeader={!options.showHeader}
        initialSortBy={options.sortBy}
        enablePagination={options.enablePagination}
        cellHeight={options.cellHeight}
        maxRowHeight={options.maxRowHeight}
        frozenColumns={options.frozenColumns?.left}
        fieldConfig={fieldConfig}
        timeRange={range}
        structureRev={1}
        transparent={false}
      />
      {more > 0 && <Message text={`1 of ${frames.length} tables`} />}
    </>
  );
}

function Graph({ options: given, fieldConfig, frames, range, width, height }: Picture) {
  const options = optionsOf<any>('timeseries', given);
  const has = (frame: DataFrame, type: FieldType) => frame.fields.some((field) => field.type === type);
  const graphs = frames.filter((frame) => has(frame, FieldType.time) && has(frame, FieldType.number));
  if (isEmpty(frames) || !graphs.length) {
    return <Message text={isEmpty(frames) ? (fieldConfig.defaults.noValue ?? 'No data') : 'Data is missing a time field'} />;
  }
  return (
    <TimeSeries
      frames={graphs}
      structureRev={1}
      timeRange={range}
      timeZone="browser"
      width={width}
      height={height}
      legend={options.legend}
      options={options}
      preparePlotFrame={namedFrame}
    />
  );
}

/** All series in one frame, which keep their names: colours may go by them. */
const namedFrame: typeof preparePlotFrame = (...given) => {
  const frame = preparePlotFrame(...given);
  cacheFieldDisplayNames(frame ? [frame] : []);
  return frame;
};

function Text({ options: given, replace, width, height }: Picture) {
  const { mode, content } = optionsOf<{ mode: string; content: string }>('text', given);
  const text = replace(content, {}, mode === 'html' ? 'html' : undefined);
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(text) : renderTextPanelMarkdown(text);
  return <div className="markdown-html" style={{ width, height, overflow: 'auto' }} dangerouslySetInnerHTML={{ __html: html }} />;
}

export function Message({ text }: { text: string }) {
  const { secondary } = theme.colors.text;
  const { lg } = theme.typography.size;
  return (
    <div style={{ height: '100%', display: 'flex', alignItems: 'center', justifyContent: 'center' }}>
      <div style={{ color: secondary, fontSize: lg, textAlign: 'center' }}>{text}</div>
    </div>
  );
}
