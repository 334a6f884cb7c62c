package main

import (
	"archive/zip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestArchive(t *testing.T) {
	r, dir := releaseOf(t)
	to := t.TempDir()
	archive := filepath.Join(dir, r.name(tested)+".tar.gz")
	output(t, "tar", "-xzf", archive, "-C", to)
	listed := strings.Fields(output(t, "tar", "-tzf", archive))
	want := []string{"shipbell_0.1.0_linux_amd64/", "shipbell_0.1.0_linux_amd64/LICENSE", "shipbell_0.1.0_linux_amd64/README.md", "shipbell_0.1.0_linux_amd64/shipbell"}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("archive (-want +got):\n%s", diff)
	}
	version, err := exec.CommandContext(t.Context(), filepath.Join(to, r.name(tested), "shipbell"), "version").Output()
	if err != nil || !strings.HasPrefix(string(version), "shipbell "+r.version+", commit "+r.commit[:12]) {
		t.Errorf("version: %v, %q, want the commit %s", err, version, r.commit[:12])
	}
}

func TestArchiveForWindows(t *testing.T) {
	r := &release{root: "../..", version: "1.2.3", time: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)}
	dir := t.TempDir()
	b := binary{platform: platform{"windows", "arm64"}, path: filepath.Join(dir, "built")}
	if err := os.WriteFile(b.path, []byte("MZ"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.archive(b, dir); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(filepath.Join(dir, "shipbell_1.2.3_windows_arm64.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
		if !file.Modified.Equal(r.time) {
			t.Errorf("%s is of %s, want %s", file.Name, file.Modified, r.time)
		}
	}
	folder := "shipbell_1.2.3_windows_arm64/"
	if diff := cmp.Diff([]string{folder + "LICENSE", folder + "README.md", folder + "shipbell.exe"}, names); diff != "" {
		t.Errorf("archive (-want +got):\n%s", diff)
	}
}

func TestComponents(t *testing.T) {
	r, dir := releaseOf(t)
	data, err := os.ReadFile(filepath.Join(dir, r.name(tested)+".cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		BOMFormat  string
		Metadata   struct{ Component struct{ PURL string } }
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(data, &bom); err != nil {
		t.Fatal(err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.PURL != "pkg:golang/github.com/shipbell/shipbell@0.1.0" {
		t.Errorf("is about %+v", bom.Metadata)
	}
	found := map[string]bool{}
	for _, one := range bom.Components {
		found[one.Name] = one.Version != "" && one.PURL == "pkg:golang/"+one.Name+"@"+one.Version
	}
	for _, name := range []string{"std", "modernc.org/sqlite", "github.com/redis/go-redis/v9"} {
		if !found[name] {
			t.Errorf("%s is not listed with its version", name)
		}
	}
}
