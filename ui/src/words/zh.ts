// The words of the page, written first in Chinese. A key that the other language lacks is a type error.
import { app } from './app.zh';
import { call } from './call.zh';
import { place } from './place.zh';
import { signin } from './signin.zh';
import { start } from './start.zh';
import { summary } from './summary.zh';
import { trouble } from './trouble.zh';
import { trust } from './trust.zh';

export const zh = {
  ...trouble,
  ...app,
  ...start,
  ...call,
  ...summary,
  ...trust,
  ...place,
  ...signin,
};
