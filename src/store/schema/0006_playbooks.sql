-- How the signals of a call stood, in steps, for trying other rules on it: no sound, no words.
CREATE TABLE traces(
  call INTEGER PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  -- Where the call's audio clock ended.
  end_ms INTEGER NOT NULL,
  context_json TEXT NOT NULL,
  trace BLOB NOT NULL
) STRICT;
CREATE INDEX traces_at ON traces(at_ms);

-- What came of a call in numbers, as long as the call is kept.
CREATE TABLE call_numbers(
  call INTEGER PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  -- Objection signals and the answers among which they were found.
  hesitations INTEGER NOT NULL,
  answers INTEGER NOT NULL
) STRICT;

-- What a rep says the objections of a call were about.
CREATE TABLE topics(
  call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
  topic TEXT NOT NULL,
  PRIMARY KEY(call, topic)
) STRICT, WITHOUT ROWID;
