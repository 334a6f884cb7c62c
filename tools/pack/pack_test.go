package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"
)

// TestPackAll packs every function for each cloud. Each zip is small enough and holds
// what its cloud looks for.
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
			zipped := check(t, filepath.Join(folder, filepath.Base(function)+".zip"), c.binary)
			if c.folders {
				checkFolder(t, filepath.Join(folder, filepath.Base(function)), c.binary, zipped)
			}
		}
	}
}

// check checks a zip and gives the size of the file in it.
func check(t *testing.T, path, binary string) uint64 {
	t.Helper()
	content, err := zip.OpenReader(path)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer content.Close()
	if len(content.File) != 1 || content.File[0].Name != binary || content.File[0].Mode() != 0o755 {
		t.Errorf("%s holds %+v", path, content.File)
		return 0
	}
	about, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d bytes", filepath.Base(path), about.Size())
	return content.File[0].UncompressedSize64
}

// checkFolder checks that a folder holds the file of the zip, fit to be run, and
// nothing else.
func checkFolder(t *testing.T, folder, binary string, size uint64) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Error(err)
		return
	}
	if len(files) != 1 || files[0].Name() != binary {
		t.Errorf("%s holds %v", folder, files)
		return
	}
	about, err := files[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if about.Mode() != 0o755 || uint64(about.Size()) != size {
		t.Errorf("%s/%s: mode %v, %d bytes; the zip has %d", folder, binary, about.Mode(), about.Size(), size)
	}
}
