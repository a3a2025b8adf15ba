import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { session } from './session.svelte';
import { language } from './words/index.svelte';

const target = document.getElementById('app');
// Asked beside each other; the page waits for its words alone.
void session.read();
// The shell without the network. Where a browser has none of this, the page works while the appliance is there.
if ('serviceWorker' in navigator && import.meta.env.PROD) void navigator.serviceWorker.register('/sw.js').catch(() => {});
// Without its words the page is Chinese, which is better than none.
const words = language.begin().catch(() => {});
void words.then(() => {
  if (target !== null) mount(App, { target });
});
