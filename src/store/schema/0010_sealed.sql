-- What a browser shows beside its cookie is drawn from the session's own secret and not kept.
ALTER TABLE sessions DROP COLUMN csrf;

-- What an answer is about: it goes with it.
ALTER TABLE answers ADD COLUMN entity TEXT;
ALTER TABLE answers ADD COLUMN entity_id TEXT;
CREATE INDEX answers_about ON answers(entity, entity_id);

-- "Undt": a file says of which application it is.
PRAGMA application_id = 1433298036;
