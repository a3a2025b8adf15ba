-- Actions and contacts are records of tables with these columns; what people define besides stands in further ones.
ALTER TABLE actions RENAME TO actions_before;
DROP INDEX actions_assignee;
DROP INDEX actions_client;

CREATE TABLE actions(
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  -- Whose it is to do.
  owner INTEGER REFERENCES people,
  created_ms INTEGER NOT NULL,
  -- Who asked.
  created_by INTEGER,
  changed_ms INTEGER NOT NULL,
  changed_by INTEGER,
  deleted_ms INTEGER,
  client INTEGER,
  whom TEXT,
  -- Null where nobody has said yet how it stands: it came from before there were states, or from the program itself.
  status TEXT,
  next TEXT,
  due INTEGER,
  kind TEXT,
  note TEXT,
  visit INTEGER,
  call TEXT,
  topic TEXT,
  -- Null while it is open.
  done_at INTEGER,
  origin TEXT
) STRICT;
CREATE INDEX actions_open ON actions(client, done_at) WHERE deleted_ms IS NULL;
CREATE INDEX actions_visit ON actions(visit) WHERE visit IS NOT NULL;
CREATE INDEX actions_due ON actions(owner, due) WHERE due IS NOT NULL;

INSERT INTO actions(id, uid, version, owner, created_ms, created_by, changed_ms, changed_by, client, whom, status, next,
  due, note, topic, done_at, origin)
SELECT a.id, lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),
  substr(hex(randomblob(2)), 2), hex(randomblob(6)))), a.version, a.assignee, a.created_ms, a.author,
  coalesce(a.done_ms, a.created_ms), NULL, a.client, k.name, CASE WHEN a.done_ms IS NOT NULL THEN '已完成' END, a.title,
  a.due_ms, a.link, nullif(a.topic, ''), a.done_ms, 'hand'
FROM actions_before a JOIN clients k ON k.id = a.client;

-- What was done for a client at a visit.
INSERT INTO actions(uid, version, owner, created_ms, changed_ms, client, whom, status, next, kind, visit, done_at, origin)
SELECT lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),
  substr(hex(randomblob(2)), 2), hex(randomblob(6)))), 1, f.person, f.at_ms, f.at_ms, f.client, k.name, '已完成', '拜访',
  '拜访', f.visit, f.at_ms, 'visit'
FROM follow_ups f JOIN clients k ON k.id = f.client ORDER BY f.id;

DROP TABLE actions_before;
DROP TABLE follow_ups;

CREATE TABLE contacts(
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  -- Whoever looks after the client.
  owner INTEGER REFERENCES people,
  created_ms INTEGER NOT NULL,
  created_by INTEGER,
  changed_ms INTEGER NOT NULL,
  changed_by INTEGER,
  deleted_ms INTEGER,
  client INTEGER,
  name TEXT,
  title TEXT,
  phone TEXT,
  role TEXT,
  note TEXT
) STRICT;
CREATE INDEX contacts_of ON contacts(client, id) WHERE deleted_ms IS NULL;
