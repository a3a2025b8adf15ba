-- Five seconds of one side of a call: six values of eight bits at most, relative to what is usual in it.
CREATE TABLE call_rows(
  call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
  slot INTEGER NOT NULL,
  channel TEXT NOT NULL,
  spoke INTEGER NOT NULL,
  rate INTEGER,
  pauses INTEGER,
  pitch INTEGER,
  guarded INTEGER,
  reserve INTEGER,
  talk_share INTEGER,
  early_starts INTEGER,
  PRIMARY KEY(call, slot, channel)
) STRICT, WITHOUT ROWID;

-- What happened in a call: hints, their ratings, objection signals, its end.
CREATE TABLE call_facts(
  call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
  topic TEXT NOT NULL,
  n INTEGER NOT NULL,
  unix_ms INTEGER NOT NULL,
  body_json TEXT NOT NULL,
  PRIMARY KEY(call, topic, n)
) STRICT, WITHOUT ROWID;

ALTER TABLE calls ADD COLUMN agenda_json TEXT NOT NULL DEFAULT '[]';
ALTER TABLE calls ADD COLUMN review_json TEXT;

-- The call that an event is about: withdrawal deletes both.
ALTER TABLE events ADD COLUMN call INTEGER;
CREATE INDEX events_call ON events(call);
