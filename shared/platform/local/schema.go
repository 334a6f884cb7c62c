package local

import (
	"database/sql"
	"fmt"
)

// schemaVersion is what PRAGMA user_version of the store is. Version 0 is of stores that
// were made before it was written; its table is the same.
const schemaVersion = 1

// schema: one table for all items. A rowid table with a separate key index keeps
// large values out of the index, so that it stays shallow over millions of rows.
const schema = `
CREATE TABLE IF NOT EXISTS items (
  p TEXT NOT NULL, s TEXT NOT NULL, v BLOB NOT NULL,
  version INTEGER NOT NULL, expires INTEGER NOT NULL, due INTEGER NOT NULL,
  PRIMARY KEY (p, s));
CREATE INDEX IF NOT EXISTS items_due ON items (due) WHERE due > 0;`

// checkSchema fails for a store of another version than this program knows.
func checkSchema(db *sql.DB) (version int, err error) {
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version < 0 || version > schemaVersion {
		return version, fmt.Errorf("it has schema version %d, and this version of Shipbell knows those up to %d: use the version of Shipbell that wrote it, or a newer one", version, schemaVersion)
	}
	return version, nil
}

// migrate makes a new store, or brings one of an older version to this one. Either is one
// transaction.
func migrate(db *sql.DB) error {
	version, err := checkSchema(db)
	if err != nil || version == schemaVersion {
		return err
	}
	// What follows makes nothing twice, so that a store of version 0 keeps its items.
	if _, err := db.Exec(fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT", schema, schemaVersion)); err != nil {
		return fmt.Errorf("migrate from schema version %d: %w", version, err)
	}
	return nil
}
