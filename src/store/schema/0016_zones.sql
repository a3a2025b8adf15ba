-- Whose clock somebody's hours are by: null is the organisation's, which was China's for everybody until now. Else a zone of
-- one's own: a name of the IANA database, or an offset as it was said.
ALTER TABLE location ADD COLUMN own_zone TEXT;
UPDATE location SET own_zone = printf('%s%02d:%02d', iif(utc_offset_min < 0, '-', '+'), abs(utc_offset_min) / 60, abs(utc_offset_min) % 60)
  WHERE utc_offset_min <> 480;
ALTER TABLE location DROP COLUMN utc_offset_min;
