-- Whether hints help: calls are divided while a study goes on. One at a time.
CREATE TABLE studies(
  id INTEGER PRIMARY KEY,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  shadow_days INTEGER NOT NULL,
  control_percent INTEGER NOT NULL,
  seed TEXT NOT NULL,
  author INTEGER REFERENCES people
) STRICT;
CREATE UNIQUE INDEX studies_going_on ON studies(ended_ms IS NULL) WHERE ended_ms IS NULL;

CREATE TABLE assignments(
  call INTEGER PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  study INTEGER NOT NULL REFERENCES studies,
  arm TEXT NOT NULL
) STRICT;
CREATE INDEX assignments_study ON assignments(study, arm);

ALTER TABLE call_numbers ADD COLUMN hints INTEGER NOT NULL DEFAULT 0;
-- Hints that were computed and shown to nobody.
ALTER TABLE call_numbers ADD COLUMN silent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call_numbers ADD COLUMN talk_share REAL;
ALTER TABLE call_numbers ADD COLUMN latency_ms INTEGER;

-- What reps said of hints, by rule.
CREATE TABLE ratings(
  call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
  hint INTEGER NOT NULL,
  rule TEXT NOT NULL,
  rating TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY(call, hint)
) STRICT, WITHOUT ROWID;
CREATE INDEX ratings_rule ON ratings(rule, at_ms);

-- Rules that switched themselves off, or were overruled; ratings from before do not count again.
CREATE TABLE switches(
  rule TEXT PRIMARY KEY,
  is_off INTEGER NOT NULL,
  reason TEXT NOT NULL,
  -- Null: the appliance.
  author INTEGER REFERENCES people,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whether the rep says that there was an objection; null while nobody has said.
ALTER TABLE calls ADD COLUMN objection INTEGER;

-- What a rep says to those who may look: a call that may be seen, a signal that was none.
CREATE TABLE shares(
  call INTEGER PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  is_shared INTEGER NOT NULL,
  is_contested INTEGER NOT NULL,
  note TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

-- The board: calls of a week of a team, put together so that nobody is to be seen in them. A week that is here never
-- changes.
CREATE TABLE board_weeks(
  team INTEGER NOT NULL REFERENCES teams,
  week INTEGER NOT NULL,
  PRIMARY KEY(team, week)
) STRICT, WITHOUT ROWID;

CREATE TABLE board_leaves(
  team INTEGER NOT NULL,
  week INTEGER NOT NULL,
  industry TEXT NOT NULL,
  stage TEXT NOT NULL,
  topic TEXT NOT NULL,
  calls INTEGER NOT NULL,
  hesitated INTEGER NOT NULL,
  PRIMARY KEY(team, week, industry, stage, topic)
) STRICT, WITHOUT ROWID;

-- What somebody is asked to do for a client.
CREATE TABLE actions(
  id INTEGER PRIMARY KEY,
  client INTEGER NOT NULL REFERENCES clients,
  title TEXT NOT NULL,
  topic TEXT NOT NULL,
  -- The material that goes with it: an address.
  link TEXT,
  assignee INTEGER NOT NULL REFERENCES people,
  author INTEGER REFERENCES people,
  created_ms INTEGER NOT NULL,
  due_ms INTEGER,
  done_ms INTEGER,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX actions_assignee ON actions(assignee, done_ms);
CREATE INDEX actions_client ON actions(client, done_ms);
