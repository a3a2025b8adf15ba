import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const DIST = 'dist';

/** Maps need the network anyway: their library is not kept on phones. */
const HEAVY = /\/(SiteMap|maplibre)/;

/** The service worker knows the files of this build. */
function worker(): Plugin {
  return {
    name: 'worker',
    apply: 'build',
    closeBundle() {
      const assets = readdirSync(join(DIST, 'assets')).filter((name) => /\.(js|css|svg)$/.test(name)).map((name) => `/assets/${name}`);
      const files = ['/', '/favicon.svg', ...assets.filter((path) => !HEAVY.test(path)).sort()];
      const version = createHash('sha256').update(files.join(' ')).update(readFileSync(join(DIST, 'index.html'))).digest('hex').slice(0, 16);
      const text = readFileSync('worker.js', 'utf8')
        .replace('/* the build writes its list here */ []', JSON.stringify(files))
        .replace('/* and what tells it from others here */', version);
      writeFileSync(join(DIST, 'sw.js'), text);
    },
  };
}

/** The appliance serves files ready compressed: it has better things to do while a call runs. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const content = readFileSync(join(DIST, name));
        const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
        writeFileSync(join(DIST, `${name}.br`), brotliCompressSync(content, { params }));
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte({ configFile: false }), worker(), compressed()],
  build: { outDir: DIST, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  worker: { format: 'es' },
  server: { port: 5173, strictPort: true, proxy: { '/api': 'http://127.0.0.1:7070' } },
  // What takes a tenth of a second alone takes ten on a machine that does much else.
  test: { environment: 'node', include: ['src/**/*.test.ts'], testTimeout: 60_000 },
});
