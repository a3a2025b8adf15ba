// What is found for a few letters: pages and deeds by their words, records by whatever the appliance finds them by.

export interface Found {
  id: string;
  title: string;
  /** What kind of thing it is. */
  text: string;
  href: string;
}

const plain = (text: string): string => text.normalize('NFKC').toLowerCase().trim();

/** Those whose words hold every part that was typed, the ones that begin with it first. */
export function matching(all: Found[], typed: string): Found[] {
  const parts = plain(typed).split(/\s+/).filter(Boolean);
  const whole = plain(typed);
  const held = all.filter(({ title, text }) => parts.every((part) => plain(`${title} ${text}`).includes(part)));
  const rank = ({ title }: Found) => (plain(title).startsWith(whole) ? 0 : plain(title).includes(whole) ? 1 : 2);
  return [...held].sort((one, other) => rank(one) - rank(other));
}
