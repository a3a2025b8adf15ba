-- Instants are Unix milliseconds; texts that hold JSON are named so.
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE teams(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE people(
  id INTEGER PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  team INTEGER REFERENCES teams,
  active INTEGER NOT NULL DEFAULT 1,
  password TEXT,
  created_ms INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX people_team ON people(team);

-- Only hashes of what a browser or program shows are kept.
CREATE TABLE sessions(
  hash BLOB PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
  csrf TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_person ON sessions(person);

CREATE TABLE tokens(
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_person ON tokens(person);

-- Links to set a password: the first account, a new colleague, a forgotten one.
CREATE TABLE invitations(
  hash BLOB PRIMARY KEY,
  person INTEGER REFERENCES people ON DELETE CASCADE,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit(
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  deed TEXT NOT NULL,
  entity TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  before TEXT,
  after TEXT,
  link BLOB NOT NULL
) STRICT;
CREATE INDEX audit_entity ON audit(entity, entity_id);
CREATE INDEX audit_actor ON audit(actor);

-- The last entry that was swept away: the chain goes on from it.
CREATE TABLE audit_anchor(seq INTEGER PRIMARY KEY, link BLOB NOT NULL) STRICT;
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN
  SELECT raise(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
WHEN old.seq > coalesce((SELECT seq FROM audit_anchor), 0) BEGIN
  SELECT raise(ABORT, 'the audit log is append-only');
END;

-- What others may hear of: the outbox of webhooks and the live stream.
CREATE TABLE events(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  topic TEXT NOT NULL,
  owner INTEGER,
  team INTEGER,
  body_json TEXT NOT NULL
) STRICT;

-- The answer to a request that a client may send twice.
CREATE TABLE answers(
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  request BLOB NOT NULL,
  status INTEGER NOT NULL,
  version INTEGER,
  body_json TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY(actor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_age ON answers(at_ms);
