-- Calls that led somewhere, by client and time: whether one followed another is asked of every call of a study.
CREATE INDEX calls_led ON calls(client, created_ms) WHERE outcome IN ('advanced', 'won');
