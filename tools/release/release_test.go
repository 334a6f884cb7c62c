package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tested is the one platform that the tests build for.
var tested = platform{"linux", "amd64"}

// built is a release that the tests share, since it takes seconds to make.
var built = sync.OnceValues(func() (*release, error) {
	r, err := open(ctx, "../..")
	if err != nil {
		return nil, err
	}
	return r, r.build(ctx, shared, []platform{tested})
})

// releaseOf returns the release and where it lies.
func releaseOf(t *testing.T) (*release, string) {
	t.Helper()
	r, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return r, shared
}

// need finds a program that a test uses. Where it is missing the test is skipped, but fails
// in CI.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		unable(t, "run make deps: "+err.Error())
	}
	return path
}

func unable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// output runs a program and returns what it prints.
func output(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), need(t, program), arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(arguments, " "), err, printed)
	}
	return string(printed)
}

// contents are all files under dir.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	files := os.DirFS(dir)
	err := fs.WalkDir(files, ".", func(name string, found fs.DirEntry, err error) error {
		if err == nil && !found.IsDir() {
			all[name], err = fs.ReadFile(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSameCommitMakesSameBytes(t *testing.T) {
	r, first := releaseOf(t)
	t.Setenv("GOAMD64", "v3")
	t.Setenv("TZ", "Asia/Shanghai")
	t.Setenv("SOURCE_DATE_EPOCH", "1")
	second := filepath.Join(t.TempDir(), "elsewhere")
	if err := r.build(t.Context(), second, []platform{tested}); err != nil {
		t.Fatal(err)
	}
	before, after := contents(t, first), contents(t, second)
	for name, data := range before {
		if !bytes.Equal(data, after[name]) {
			t.Errorf("%s differs", name)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d files, then %d", len(before), len(after))
	}
}

func TestFilesAndChecksums(t *testing.T) {
	_, dir := releaseOf(t)
	listed, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range listed {
		listed[i] = filepath.Base(listed[i])
	}
	want := []string{
		"checksums.txt", "image", "shipbell-0.1.0-1.x86_64.rpm", "shipbell_0.1.0-1_amd64.deb",
		"shipbell_0.1.0_linux_amd64.cdx.json", "shipbell_0.1.0_linux_amd64.tar.gz",
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("files of the release (-want +got):\n%s", diff)
	}
	cmd := exec.CommandContext(t.Context(), need(t, "sha256sum"), "--check", "--strict", checksumsFile)
	cmd.Dir = dir
	checked, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("sha256sum: %v\n%s", err, checked)
	}
	if lines, files := strings.Count(string(checked), ": OK\n"), len(contents(t, dir))-1; lines != files {
		t.Errorf("%d checksums for %d files", lines, files)
	}
}
