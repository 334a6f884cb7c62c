package main

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/shipbell/shipbell/test/registry"
)

// pulled pushes the image to a real registry and pulls it again.
func pulled(t *testing.T) v1.Image {
	t.Helper()
	r, dir := releaseOf(t)
	events := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))
	t.Cleanup(events.Close)
	host := strings.TrimPrefix(registry.Start(t, events.URL, "").URL(), "http://")
	login := t.TempDir()
	account := base64.StdEncoding.EncodeToString([]byte(registry.User + ":" + registry.Password))
	if err := os.WriteFile(filepath.Join(login, "config.json"), fmt.Appendf(nil, `{"auths":{%q:{"auth":%q}}}`, host, account), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_CONFIG", login)
	pushed, err := r.push(t.Context(), dir, host+"/tools/shipbell")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(pushed, host+"/tools/shipbell:0.1.0@sha256:") {
		t.Errorf("pushed %s", pushed)
	}
	_, digest, _ := strings.Cut(pushed, "@")
	reference, err := name.NewDigest(host + "/tools/shipbell@" + digest)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(reference, remote.WithContext(t.Context()), remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithPlatform(v1.Platform{OS: tested.os, Architecture: tested.arch}))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestImageRuns(t *testing.T) {
	image := pulled(t)
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := v1.Config{
		User: "65532:65532", Entrypoint: []string{"/usr/bin/shipbell"}, Cmd: []string{"serve"}, WorkingDir: "/var/lib/shipbell",
		Env:          []string{"PATH=/usr/bin", "SHIPBELL_LISTEN=0.0.0.0:8080", "SHIPBELL_DATA=/var/lib/shipbell"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}}, Volumes: map[string]struct{}{"/var/lib/shipbell": {}},
		Labels: file.Config.Labels,
	}
	if diff := cmp.Diff(want, file.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if file.OS != "linux" || file.Architecture != "amd64" {
		t.Errorf("is for %s/%s", file.OS, file.Architecture)
	}
	root := unpack(t, image)
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM([]byte(read(t, root, "etc/ssl/certs/ca-certificates.crt"))) {
		t.Error("trusts no authority")
	}
	serving{
		root: root, user: imageUser, command: append(file.Config.Entrypoint, file.Config.Cmd...),
		env: file.Config.Env, dir: file.Config.WorkingDir,
	}.ready(t)
}

// unpack makes the files of the image, with their owners.
func unpack(t *testing.T, image v1.Image) (root string) {
	t.Helper()
	root, err := os.MkdirTemp("", "shipbell-image-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	files := mutate.Extract(image)
	defer files.Close()
	cmd := exec.CommandContext(t.Context(), need(t, "tar"), "-x", "-p", "--numeric-owner", "-C", root)
	cmd.Stdin = io.Reader(files)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("unpack the image: %v\n%s", err, said)
	}
	return root
}
