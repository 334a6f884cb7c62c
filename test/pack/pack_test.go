package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"
)

// TestPackAll packs every function for AWS, and each is small enough.
func TestPackAll(t *testing.T) {
	out := t.TempDir()
	t.Chdir(filepath.Join("..", ".."))
	if err := packAll("arm64", out); err != nil {
		t.Fatal(err)
	}
	doors, err := filepath.Glob(filepath.Join("functions", "*", "lambda"))
	if err != nil {
		t.Fatal(err)
	}
	for _, door := range doors {
		path := filepath.Join(out, filepath.Base(filepath.Dir(door))+".zip")
		content, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		if len(content.File) != 1 || content.File[0].Name != "bootstrap" || content.File[0].Mode() != 0o755 {
			t.Errorf("%s holds %+v", path, content.File)
		}
		about, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", filepath.Base(path), about.Size())
	}
}
