-- The memory file. Values of facts lie only in `sealed`, encrypted.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE entry (
    no          INTEGER PRIMARY KEY,      -- order of arrival; rowid of the full-text index
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    category    TEXT,
    valid_until TEXT,                     -- UTC; retracted and corrected entries stay, closed
    folded      TEXT NOT NULL DEFAULT '', -- the words as full-text search sees them
    text_hash   BLOB,                     -- key of the words' vector in `embedding`; NULL = never embedded (facts)
    body        TEXT NOT NULL,            -- the whole entry as JSON (memory.codec)
    UNIQUE (kind, id)
) STRICT;
CREATE INDEX entry_by_category ON entry (kind, category);
CREATE INDEX entry_vectors ON entry (kind, no, id, text_hash);

CREATE VIRTUAL TABLE entry_text USING fts5 (folded, content = 'entry', content_rowid = 'no', tokenize = 'trigram');
CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
    INSERT INTO entry_text (rowid, folded) VALUES (new.no, new.folded);
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
    INSERT INTO entry_text (entry_text, rowid, folded) VALUES ('delete', old.no, old.folded);
END;
CREATE TRIGGER entry_changed AFTER UPDATE OF folded ON entry BEGIN
    INSERT INTO entry_text (entry_text, rowid, folded) VALUES ('delete', old.no, old.folded);
    INSERT INTO entry_text (rowid, folded) VALUES (new.no, new.folded);
END;

CREATE TABLE sealed (fact_id TEXT PRIMARY KEY, box BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE embedding (
    hash     BLOB NOT NULL,               -- sha256 of the text
    embedder TEXT NOT NULL,
    vector   BLOB NOT NULL,               -- float32, little endian, unit length
    PRIMARY KEY (hash, embedder)
) STRICT, WITHOUT ROWID;
