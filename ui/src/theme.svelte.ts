// Light or dark: as the system says, until the reader says otherwise.

export type Theme = 'system' | 'light' | 'dark';

const REMEMBERED = 'undertone.theme';

const ORDER: Theme[] = ['system', 'light', 'dark'];

class Choice {
  now = $state<Theme>(remembered());

  constructor() {
    this.apply();
  }

  next(): void {
    this.now = ORDER[(ORDER.indexOf(this.now) + 1) % ORDER.length] ?? 'system';
    localStorage.setItem(REMEMBERED, this.now);
    this.apply();
  }

  private apply(): void {
    const { dataset } = document.documentElement;
    if (this.now === 'system') delete dataset['theme'];
    else dataset['theme'] = this.now;
  }
}

function remembered(): Theme {
  const theme = localStorage.getItem(REMEMBERED);
  return ORDER.find((known) => known === theme) ?? 'system';
}

export const theme = new Choice();
