-- Where clients are. Coordinates as they were entered, in the datum in which they were.
CREATE TABLE sites(
  id INTEGER PRIMARY KEY,
  client INTEGER NOT NULL REFERENCES clients ON DELETE CASCADE,
  -- The name under which a table of another system knows it.
  code TEXT UNIQUE,
  name TEXT NOT NULL,
  building TEXT,
  floor TEXT,
  suite TEXT,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  datum TEXT NOT NULL,
  -- A circle has a radius, an outline GeoJSON.
  radius_m REAL,
  outline_json TEXT,
  created_ms INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX sites_client ON sites(client);

-- Whether and when somebody shares where they are.
CREATE TABLE location(
  person INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
  -- Null: no consent.
  consent_ms INTEGER,
  -- Bit 0 is Monday.
  days INTEGER NOT NULL,
  from_min INTEGER NOT NULL,
  until_min INTEGER NOT NULL,
  utc_offset_min INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;

-- A phone, receiver or page that reports positions. Only the hash of its secret is kept.
CREATE TABLE enrolments(
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
  app TEXT NOT NULL,
  name TEXT NOT NULL,
  hash BLOB UNIQUE,
  created_ms INTEGER NOT NULL,
  seen_ms INTEGER,
  revoked_ms INTEGER
) STRICT;
CREATE INDEX enrolments_person ON enrolments(person);

-- How many positions were stored, and how many refused for which reason.
CREATE TABLE enrolment_counts(
  enrolment INTEGER NOT NULL REFERENCES enrolments ON DELETE CASCADE,
  what TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY(enrolment, what)
) STRICT, WITHOUT ROWID;

-- Positions as they were reported, in the order of their commits.
CREATE TABLE fixes(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  enrolment INTEGER NOT NULL REFERENCES enrolments ON DELETE CASCADE,
  tst_ms INTEGER NOT NULL,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  datum TEXT NOT NULL,
  sent_ms INTEGER,
  rx_ms INTEGER NOT NULL,
  accuracy_m REAL,
  speed_mps REAL,
  battery REAL,
  source TEXT NOT NULL,
  mock INTEGER NOT NULL,
  UNIQUE(enrolment, tst_ms, lat, lon)
) STRICT;

CREATE TABLE visits(
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
  -- What the person's tracker calls it; null until one has seen it.
  number INTEGER,
  origin TEXT NOT NULL,
  -- Null: at no known client.
  client INTEGER REFERENCES clients ON DELETE CASCADE,
  site INTEGER REFERENCES sites ON DELETE SET NULL,
  stage TEXT NOT NULL,
  rejected INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  arrive_ms INTEGER NOT NULL,
  leave_ms INTEGER NOT NULL,
  confidence REAL NOT NULL,
  -- Site and share, best first.
  best_json TEXT NOT NULL,
  flag TEXT,
  evidence_json TEXT,
  provisional_ms INTEGER NOT NULL,
  confirmed_ms INTEGER,
  asked_ms INTEGER,
  -- WGS-84, and the variance of a point on one axis in square metres.
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  var REAL NOT NULL,
  -- When somebody checked in by hand.
  checked_in_ms INTEGER,
  UNIQUE(person, number)
) STRICT;
CREATE INDEX visits_person ON visits(person, arrive_ms);
CREATE INDEX visits_arrive ON visits(arrive_ms);
CREATE INDEX visits_client ON visits(client, arrive_ms);
CREATE INDEX visits_site ON visits(site);

CREATE TABLE photos(
  visit INTEGER PRIMARY KEY REFERENCES visits ON DELETE CASCADE,
  kind TEXT NOT NULL,
  image BLOB NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

-- What answers taught about where a site is.
CREATE TABLE lessons(
  site INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
  visit INTEGER NOT NULL REFERENCES visits ON DELETE CASCADE,
  east_m REAL NOT NULL,
  north_m REAL NOT NULL,
  var REAL NOT NULL,
  PRIMARY KEY(site, visit)
) STRICT, WITHOUT ROWID;
CREATE INDEX lessons_visit ON lessons(visit);

-- What was done for a client, and by whom.
CREATE TABLE follow_ups(
  id INTEGER PRIMARY KEY,
  client INTEGER NOT NULL REFERENCES clients ON DELETE CASCADE,
  person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
  kind TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  visit INTEGER UNIQUE REFERENCES visits ON DELETE CASCADE
) STRICT;
CREATE INDEX follow_ups_client ON follow_ups(client, at_ms);

-- The visit during which a call was held, when that told with which client.
ALTER TABLE calls ADD COLUMN visit INTEGER REFERENCES visits ON DELETE SET NULL;
CREATE INDEX calls_visit ON calls(visit);
