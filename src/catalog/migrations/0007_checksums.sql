-- Version 7: what tells a vector that is not the one that was written.

ALTER TABLE embeddings ADD COLUMN checksum INTEGER;  -- CRC-32 of model, hash and vector; NULL in old rows until a run fills it in
-- Mostly empty: every run asks for what is left.
CREATE INDEX embeddings_without_checksum ON embeddings (id) WHERE checksum IS NULL;
