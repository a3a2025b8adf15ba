-- What a visit was before somebody checked in to it last; null: the check-in made it. And until when that can be taken back.
ALTER TABLE visits ADD COLUMN undo_json TEXT;
ALTER TABLE visits ADD COLUMN undo_until_ms INTEGER;
-- When each rule spoke last.
CREATE INDEX call_facts_rule ON call_facts(json_extract(body_json, '$.hint.rule'), unix_ms) WHERE topic = 'hint.shown';
