package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"
)

// TestPackAll packs every function for each cloud. A function has a door to all
// clouds or to none, and each zip is small enough and holds what its cloud looks
// for.
func TestPackAll(t *testing.T) {
	out := t.TempDir()
	t.Chdir(filepath.Join("..", ".."))
	functions, err := filepath.Glob(filepath.Join("functions", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range clouds() {
		folder := filepath.Join(out, name)
		if err := c.packAll(folder); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, function := range functions {
			check(t, filepath.Join(folder, filepath.Base(function)+".zip"), c.binary)
		}
	}
}

func check(t *testing.T, path, binary string) {
	t.Helper()
	content, err := zip.OpenReader(path)
	if err != nil {
		t.Error(err)
		return
	}
	defer content.Close()
	if len(content.File) != 1 || content.File[0].Name != binary || content.File[0].Mode() != 0o755 {
		t.Errorf("%s holds %+v", path, content.File)
	}
	about, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d bytes", filepath.Base(path), about.Size())
}
