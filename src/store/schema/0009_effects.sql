-- What follows from a commit outside the store, until it is carried out.
CREATE TABLE effects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  first INTEGER,
  second INTEGER,
  third INTEGER
) STRICT;
