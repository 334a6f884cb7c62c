package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	// imageFolder is where the image lies in a release, as an OCI image layout.
	imageFolder = "image"
	imageUser   = 65532
	imageData   = "/var/lib/shipbell"
)

// writeImage writes one image for all platforms of Linux among the binaries.
func (r *release) writeImage(out string, built []binary) error {
	index := v1.ImageIndex(mutate.IndexMediaType(empty.Index, types.OCIImageIndex))
	for _, b := range built {
		if b.os != "linux" {
			continue
		}
		image, err := r.image(b)
		if err != nil {
			return fmt.Errorf("for %s: %w", b.platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: b.os, Architecture: b.arch}},
		})
	}
	to, err := layout.Write(filepath.Join(out, imageFolder), empty.Index)
	if err != nil {
		return err
	}
	return to.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": r.version}))
}

// image is the binary with authorities to trust and a place for its data, and nothing else.
func (r *release) image(b binary) (v1.Image, error) {
	program, err := os.ReadFile(b.path)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, entries := range [][]entry{
		{
			{name: "etc", mode: 0o755, dir: true}, {name: "etc/ssl", mode: 0o755, dir: true}, {name: "etc/ssl/certs", mode: 0o755, dir: true},
			{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: authorities()},
			{name: "tmp", mode: 0o1777, dir: true},
			{name: "var", mode: 0o755, dir: true}, {name: "var/lib", mode: 0o755, dir: true},
			{name: imageData[1:], mode: 0o700, owner: imageUser, dir: true},
		},
		{
			{name: "usr", mode: 0o755, dir: true}, {name: "usr/bin", mode: 0o755, dir: true},
			{name: "usr/bin/shipbell", mode: 0o755, data: program},
		},
	} {
		layer, err := r.layer(entries)
		if err != nil {
			return nil, err
		}
		if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: r.time}, CreatedBy: "make release"}}); err != nil {
			return nil, err
		}
	}
	return mutate.ConfigFile(image, r.config(image, b.platform))
}

func (r *release) layer(entries []entry) (v1.Layer, error) {
	var unpacked bytes.Buffer
	if err := writeTar(&unpacked, entries, r.time); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(unpacked.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

// config is how the image runs: serve, for everybody who reaches the container, as a user
// who owns the data and nothing else.
func (r *release) config(image v1.Image, p platform) *v1.ConfigFile {
	config := &v1.ConfigFile{OS: p.os, Architecture: p.arch, Created: v1.Time{Time: r.time}}
	if before, err := image.ConfigFile(); err == nil {
		config.RootFS, config.History = before.RootFS, before.History
	}
	config.Config = v1.Config{
		User:       fmt.Sprintf("%d:%d", imageUser, imageUser),
		Entrypoint: []string{"/usr/bin/shipbell"}, Cmd: []string{"serve"},
		Env:          []string{"PATH=/usr/bin", "SHIPBELL_LISTEN=0.0.0.0:8080", "SHIPBELL_DATA=" + imageData},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}}, Volumes: map[string]struct{}{imageData: {}}, WorkingDir: imageData,
		Labels: map[string]string{
			"org.opencontainers.image.title": "Shipbell", "org.opencontainers.image.version": r.version,
			"org.opencontainers.image.revision": r.commit, "org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return config
}

// authorities are those that Mozilla trusts, in PEM, without those that it trusts only for
// certificates of before some day, which PEM cannot say.
func authorities() []byte {
	var all []byte
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})...)
		}
	}
	return all
}

// push sends the image in a release to a repository, with the version as its tag and with the
// account that `docker login` left, and returns what it can be pulled by.
func (r *release) push(ctx context.Context, out, repository string) (string, error) {
	tag, err := name.NewTag(repository + ":" + r.version)
	if err != nil {
		return "", fmt.Errorf("push: %w", err)
	}
	root, err := layout.ImageIndexFromPath(filepath.Join(out, imageFolder))
	if err != nil {
		return "", fmt.Errorf("read the image: %w", err)
	}
	manifest, err := root.IndexManifest()
	if err != nil {
		return "", fmt.Errorf("read the image: %w", err)
	}
	index, err := root.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		return "", fmt.Errorf("read the image: %w", err)
	}
	if err := remote.WriteIndex(tag, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return "", fmt.Errorf("push to %s: %w", tag, err)
	}
	digest, err := index.Digest()
	if err != nil {
		return "", fmt.Errorf("read the image: %w", err)
	}
	return tag.String() + "@" + digest.String(), nil
}
