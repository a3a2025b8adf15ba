CREATE TABLE clients(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  aliases_json TEXT NOT NULL,
  industry TEXT,
  stage TEXT,
  grade TEXT,
  contacts_json TEXT NOT NULL,
  analyse INTEGER NOT NULL,
  lat REAL,
  lon REAL,
  datum TEXT,
  owner INTEGER NOT NULL REFERENCES people,
  -- What a search looks in, and the place in a list by pinyin.
  letters TEXT NOT NULL,
  sort TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX clients_owner ON clients(owner);
CREATE INDEX clients_sort ON clients(sort, id);
