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

-- What the other side is told. A version never changes; the first came with the program.
CREATE TABLE notices(
  version INTEGER PRIMARY KEY,
  zh TEXT NOT NULL,
  en TEXT NOT NULL,
  author INTEGER REFERENCES people,
  published_ms INTEGER
) STRICT;
INSERT INTO notices(version, zh, en) VALUES (1,
  '这次谈话不录音、不转写。设备只在本机上实时测量说话的快慢、停顿和语调变化，几秒钟后声音即被清除。您可以随时要求停止，测到的数据会立即删除。',
  'This conversation is not recorded or transcribed. A device measures its rhythm live and on the spot: how fast we speak, how we pause, how the pitch moves. The sound is wiped within seconds. You may stop it at any time, and what was measured is deleted at once.');

CREATE TABLE calls(
  id INTEGER PRIMARY KEY,
  owner INTEGER REFERENCES people,
  client INTEGER REFERENCES clients,
  layout TEXT NOT NULL,
  source TEXT NOT NULL,
  device TEXT,
  consent TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  -- Null while it goes on.
  ended_ms INTEGER,
  elapsed_ms INTEGER NOT NULL DEFAULT 0,
  outcome TEXT,
  summary_json TEXT,
  receipt_json TEXT
) STRICT;
CREATE INDEX calls_owner ON calls(owner, created_ms);
CREATE INDEX calls_created ON calls(created_ms);
CREATE INDEX calls_client ON calls(client);

-- Who told or asked, when, how, and with which text.
CREATE TABLE consents(
  call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  consent TEXT NOT NULL,
  how TEXT NOT NULL,
  text INTEGER NOT NULL REFERENCES notices,
  person INTEGER REFERENCES people
) STRICT;
CREATE INDEX consents_call ON consents(call);
