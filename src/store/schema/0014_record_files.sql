-- Photos and files that fields of records name by number. Until a record names one, only who sent it may.
CREATE TABLE record_files(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  content BLOB NOT NULL,
  sent_by INTEGER,
  at_ms INTEGER NOT NULL,
  tbl INTEGER,
  rec INTEGER,
  field TEXT
) STRICT;
CREATE INDEX record_files_unnamed ON record_files(sent_by, hash) WHERE rec IS NULL;
CREATE INDEX record_files_of ON record_files(tbl, rec) WHERE rec IS NOT NULL;
