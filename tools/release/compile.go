package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// platform is what a binary is for, in Go's words.
type platform struct{ os, arch string }

// String is the platform as Go and registries write it.
func (p platform) String() string { return p.os + "/" + p.arch }

// platforms are all that a release is for.
func platforms() []platform {
	var all []platform
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			all = append(all, platform{system, arch})
		}
	}
	return all
}

// binary is the command, built for a platform.
type binary struct {
	platform
	path string
}

// file is the binary's name in archives.
func (b binary) file() string {
	if b.os == "windows" {
		return "shipbell.exe"
	}
	return "shipbell"
}

// compile builds the command into dir. What the caller's environment sets for Go does not
// reach the bytes, but for the version of Go.
func (r *release) compile(ctx context.Context, dir string, p platform) (binary, error) {
	b := binary{platform: p, path: filepath.Join(dir, r.name(p))}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w", "-o", b.path, "./cmd/shipbell")
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch,
		"GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off", "GOWORK=off")
	if output, err := cmd.CombinedOutput(); err != nil {
		return b, fmt.Errorf("build for %s: %w\n%s", p, err, output)
	}
	return b, nil
}
