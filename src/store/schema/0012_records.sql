-- Tables that people define: their numbers, given once; and their bodies as they were last laid out.
CREATE TABLE record_tables(
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  label_json TEXT NOT NULL,
  access_json TEXT NOT NULL,
  shown INTEGER NOT NULL
) STRICT;

-- Their fields. What is taken away stays, and is not shown.
CREATE TABLE record_fields(
  number INTEGER PRIMARY KEY,
  tbl INTEGER NOT NULL REFERENCES record_tables,
  key TEXT NOT NULL,
  body_json TEXT NOT NULL,
  shown INTEGER NOT NULL,
  UNIQUE(tbl, key)
) STRICT;

-- What changed in a record: of each field what stood there before and after; no field: the record itself.
CREATE TABLE record_history(
  id INTEGER PRIMARY KEY,
  tbl INTEGER NOT NULL,
  rec INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  cause TEXT NOT NULL,
  deed TEXT NOT NULL,
  field TEXT,
  before_json TEXT,
  after_json TEXT
) STRICT;
CREATE INDEX record_history_of ON record_history(tbl, rec, id);

-- The words that records are found by; a row's number holds those of its table and its record.
-- Words are single, and only looked for as such: where they stand is not kept.
CREATE VIRTUAL TABLE record_words USING fts5(
  words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

-- Clients are records of a table as well.
ALTER TABLE clients ADD COLUMN uid TEXT;
ALTER TABLE clients ADD COLUMN created_by INTEGER;
ALTER TABLE clients ADD COLUMN changed_ms INTEGER;
ALTER TABLE clients ADD COLUMN changed_by INTEGER;
ALTER TABLE clients ADD COLUMN deleted_ms INTEGER;
UPDATE clients SET changed_ms = created_ms, uid = lower(printf('%s-%s-4%s-8%s-%s',
  hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2), substr(hex(randomblob(2)), 2),
  hex(randomblob(6))));
CREATE UNIQUE INDEX clients_uid ON clients(uid);
