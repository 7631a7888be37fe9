import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vite';

/** Icons come with @grafana/ui, the font with inter-ui; Grafana's code asks for them where Grafana serves them. */
const grafanaFiles: Plugin = {
  name: 'grafana-files',
  configureServer(server) {
    server.middlewares.use((request, _response, next) => {
      request.url = request.url
        ?.replace(/^\/build\/img\//, '/img/')
        .replace(/^\/fonts\/inter\//, '/node_modules/inter-ui/web/');
      next();
    });
  },
};

/** The published react-data-grid is for React 19, where a context is its own provider; Grafana's fork is for 18. */
const contextsOfReact18 = {
  name: 'contexts-of-react-18',
  setup(build: { onLoad: Function }) {
    build.onLoad({ filter: /react-data-grid\/lib\/index\.js$/ }, async ({ path }: { path: string }) => {
      const text = await readFile(path, 'utf8');
      return { contents: text.replace(/\b(jsxs?)\((\w+Context), /g, '$1($2.Provider, '), loader: 'js' };
    });
  },
};

export default defineConfig({
  plugins: [grafanaFiles],
  publicDir: 'node_modules/@grafana/ui/dist/public',
  esbuild: { jsx: 'automatic' },
  server: { host: '127.0.0.1', strictPort: true, fs: { allow: ['..'] } },
  // All at the first start: a library found later reloads the page while it is looked at.
  optimizeDeps: {
    include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'rxjs', '@grafana/ui/unstable'],
    esbuildOptions: { plugins: [contextsOfReact18] },
  },
});
