package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// release is one version of Shipbell, as one commit has it.
type release struct {
	// root is the directory of the clone.
	root    string
	version string
	commit  string
	// time is the commit's, and that of every file in the release.
	time time.Time
}

// open reads which commit is checked out in root.
func open(ctx context.Context, root string) (*release, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("find the clone: %w", err)
	}
	output, err := exec.CommandContext(ctx, "git", "-C", root, "log", "-1", "--format=%H %ct").Output()
	if err != nil {
		return nil, fmt.Errorf("ask git for the commit: %w", err)
	}
	commit, at, _ := strings.Cut(strings.TrimSpace(string(output)), " ")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the commit's time: %w", err)
	}
	return &release{root: root, version: shipbell.Version, commit: commit, time: time.Unix(seconds, 0).UTC()}, nil
}

// build writes the release for the platforms into out, which it makes.
func (r *release) build(ctx context.Context, out string, on []platform) error {
	binaries, err := os.MkdirTemp("", "shipbell-release-")
	if err != nil {
		return fmt.Errorf("make a directory for the binaries: %w", err)
	}
	defer os.RemoveAll(binaries)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make the directory of the release: %w", err)
	}
	var built []binary
	for _, p := range on {
		fmt.Println("building for", p)
		b, err := r.compile(ctx, binaries, p)
		if err != nil {
			return err
		}
		if err := r.publish(b, out); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		built = append(built, b)
	}
	if err := r.writeImage(out, built); err != nil {
		return fmt.Errorf("make the image: %w", err)
	}
	return writeChecksums(out)
}

// publish writes everything that is made from one binary alone.
func (r *release) publish(b binary, out string) error {
	if err := r.archive(b, out); err != nil {
		return fmt.Errorf("make the archive: %w", err)
	}
	if err := r.describe(b, out); err != nil {
		return fmt.Errorf("list the components: %w", err)
	}
	if b.os != "linux" {
		return nil
	}
	if err := r.pack(b, out); err != nil {
		return fmt.Errorf("make the packages: %w", err)
	}
	return nil
}

// name is how files for a platform begin.
func (r *release) name(p platform) string {
	return fmt.Sprintf("shipbell_%s_%s_%s", r.version, p.os, p.arch)
}
