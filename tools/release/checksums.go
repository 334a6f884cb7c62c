package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const checksumsFile = "checksums.txt"

// writeChecksums lists every file under dir as sha256sum does, sorted by name.
func writeChecksums(dir string) error {
	var list bytes.Buffer
	files := os.DirFS(dir)
	err := fs.WalkDir(files, ".", func(name string, found fs.DirEntry, err error) error {
		if err != nil || found.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(data), name)
		return nil
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, checksumsFile), list.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the checksums: %w", err)
	}
	return nil
}
