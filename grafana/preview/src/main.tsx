/**
 * Preview: not Grafana. A committed dashboard at `/d/<uid>`; `?kiosk` leaves the bar out, `?autofitpanels` shares the
 * screen's height among the rows, `?from=`, `?to=` and `?var-<name>=` are Grafana's, `?prometheus=` is where to ask.
 */
import { type GrafanaTheme2, rangeUtil, ThemeContext } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { type Dashboard, Grid, timeOf } from './dashboard';
import { startGrafana, theme } from './grafana';
import { choose, replaced, type Scope } from './variables';

const DASHBOARDS = Object.values(
  import.meta.glob<Dashboard>('../../dashboards/*.json', { eager: true, import: 'default' })
);
const PADDING = 16;
const BAR = 48;
const SOURCE = /[?&](prometheus=[^&]*)/.exec(window.location.search)?.[1] ?? '';

function Page({ dashboard }: { dashboard: Dashboard }) {
  const address = new URLSearchParams(window.location.search);
  const kiosk = address.has('kiosk');
  const [scope, setScope] = useState<Scope>();
  const [done, setDone] = useState(false);
  useEffect(() => {
    const range = rangeUtil.convertRawToRange(rawRange(dashboard, address));
    choose(dashboard.templating?.list ?? [], range).then(setScope, (error: Error) => console.error(error.message));
  }, []);
  if (!scope) {
    return null;
  }
  const bar = kiosk ? 0 : BAR;
  const width = document.documentElement.clientWidth - 2 * PADDING;
  const height = address.has('autofitpanels') ? window.innerHeight - 2 * PADDING - bar : undefined;
  return (
    <main style={{ padding: PADDING }} data-ready={done || undefined}>
      {!kiosk && <Bar dashboard={dashboard} scope={scope} />}
      <Grid {...{ dashboard, scope, width, height }} done={() => setDone(true)} />
      <div style={badge(theme)}>Preview: not Grafana</div>
    </main>
  );
}

function rawRange({ time }: Dashboard, address: URLSearchParams) {
  return { from: address.get('from') ?? time?.from ?? 'now-6h', to: address.get('to') ?? time?.to ?? 'now' };
}

function Bar({ dashboard, scope }: { dashboard: Dashboard; scope: Scope }) {
  const shown = scope.variables.filter(({ hide, type }) => hide !== 2 && type !== 'constant' && type !== 'datasource');
  const text = theme.colors.text;
  return (
    <nav style={{ height: BAR - PADDING, display: 'flex', gap: 24, alignItems: 'center', color: text.secondary }}>
      <strong style={{ color: text.primary }}>{dashboard.title}</strong>
      {shown.map(({ name, label }) => (
        <span key={name}>
          {label || name}: <b>{scope.values[name].map((option) => option.text).join(' + ')}</b>
        </span>
      ))}
      <span style={{ flex: 1 }} />
      {(dashboard.links ?? []).map(({ title, url }) => (
        <a key={title} href={replaced(url ?? '', scope)} style={{ color: text.link }}>
          {title}
        </a>
      ))}
      <span>{timeOf(scope.range)}</span>
    </nav>
  );
}

function badge({ colors, typography }: GrafanaTheme2) {
  const place = { position: 'fixed', right: 0, bottom: 0, padding: '0 6px', fontSize: typography.size.xs } as const;
  return { ...place, background: colors.background.canvas, color: colors.warning.main, zIndex: 9999 };
}

function Index() {
  return (
    <main style={{ padding: PADDING }}>
      <h1>Preview: not Grafana</h1>
      {DASHBOARDS.map(({ uid, title }) => (
        <p key={uid}>
          <a href={`/d/${uid}?${SOURCE}`} style={{ color: theme.colors.text.link }}>
            {title}
          </a>
        </p>
      ))}
    </main>
  );
}

/** Links between dashboards keep the Prometheus that the page was opened with. */
function keepSource(event: MouseEvent): void {
  const link = (event.target as Element).closest('a');
  if (SOURCE && link?.origin === window.location.origin && !link.search.includes(SOURCE)) {
    link.search += `${link.search ? '&' : '?'}${SOURCE}`;
  }
}

startGrafana();
document.addEventListener('click', keepSource, { capture: true });
const uid = /^\/d\/([^/]+)/.exec(window.location.pathname)?.[1];
const dashboard = DASHBOARDS.find((one) => one.uid === uid);
createRoot(document.getElementById('reactRoot')!).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    {dashboard ? <Page dashboard={dashboard} /> : <Index />}
    <PortalContainer />
  </ThemeContext.Provider>
);
