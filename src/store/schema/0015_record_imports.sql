-- Imports of files into tables: how far each has come, and what came of it.
CREATE TABLE record_imports(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tbl INTEGER NOT NULL REFERENCES record_tables,
  person INTEGER,
  begun_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  state TEXT NOT NULL,
  problem TEXT,
  lines INTEGER NOT NULL,
  created INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  restored INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX record_imports_of ON record_imports(tbl, id);
