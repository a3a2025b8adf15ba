CREATE TABLE revisions(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  parent INTEGER REFERENCES revisions,
  body_json TEXT NOT NULL,
  author TEXT NOT NULL,
  note TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX revisions_of ON revisions(kind, key, id);
CREATE TRIGGER revisions_are_append_only BEFORE UPDATE ON revisions BEGIN
  SELECT raise(ABORT, 'revisions are append-only');
END;

-- The newest revision of each thing, and the one in force.
CREATE TABLE heads(
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  newest INTEGER NOT NULL REFERENCES revisions,
  published INTEGER REFERENCES revisions,
  version INTEGER NOT NULL,
  PRIMARY KEY(kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks(
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  topics_json TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1,
  -- Events up to this one are delivered, or wait below.
  seen INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;

-- What waits, or was given up; what was delivered is gone.
CREATE TABLE deliveries(
  webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  event INTEGER NOT NULL REFERENCES events,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Null when it was given up.
  due_ms INTEGER,
  problem TEXT,
  PRIMARY KEY(webhook, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries(due_ms);
