import { describe, expect, it } from 'vitest';

import { loginFault, passwordFault } from './passwords';

describe('a password', () => {
  it('is long, counted in letters', () => {
    expect(passwordFault('correct horse', 'wu')).toBeUndefined();
    expect(passwordFault('春江花月夜秋水长天一色', 'wu')).toBeUndefined();
    expect(passwordFault('春江花月夜', 'wu')).toBe('password.short');
    expect(passwordFault('天'.repeat(90), 'wu')).toBe('password.long');
  });

  it('is neither the login nor one letter over and over', () => {
    expect(passwordFault('Long.Enough', 'long.enough')).toBe('password.plain');
    expect(passwordFault('aaaaaaaaaaaa', 'wu')).toBe('password.plain');
  });
});

describe('a login', () => {
  it('is what the appliance takes', () => {
    for (const login of ['wu', 'wang.li', '王力', 'a@b-c_d']) expect(loginFault(login), login).toBeUndefined();
    for (const login of ['', 'x', 'a b', 'a/b', 'x'.repeat(65)]) expect(loginFault(login), login).toBe('login.bad');
  });
});
