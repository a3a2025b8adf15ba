-- What a token is for, as a JSON list of deeds; null: whatever its owner may do.
ALTER TABLE tokens ADD COLUMN scopes_json TEXT;
-- A token lasts a year at most; those that were promised more are made anew.
UPDATE tokens SET expires_ms = min(expires_ms, created_ms + 31536000000);
