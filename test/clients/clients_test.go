// Package clients_test leads triggers through their lives by clients that others make:
// what openapi-typescript and hey-api generate from the description of the API, and
// Tencent Cloud's SDK for Node. They compile strictly, and speak to the built command.
package clients_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }

// programs are the files of this folder that are run, each on a registry of its own.
var programs = []string{"fetch", "hey", "tencent"}

// TestClients generates and compiles the clients, and runs each program.
func TestClients(t *testing.T) {
	t.Parallel()
	dir := compiled(t)
	srv, target := server.Start(t, "--allow-targets=127.0.0.1/32"), sink.Start(t)
	for _, program := range programs {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			registry := "of-" + program
			if _, _, err := srv.API.PutRegistry(t.Context(), registry, apiv1.RegistrySettings{Host: "reg.example.com"}); err != nil {
				t.Fatal(err)
			}
			run(t, dir, []string{
				"TEST_SERVER=" + srv.URL(), "TEST_KEY=" + srv.Key(), "TEST_TARGET=" + target.URL() + "/hook", "TEST_REGISTRY=" + registry,
			}, filepath.Join("built", program+".js"))
		})
	}
}

// compiled makes a folder with the clients and the programs as JavaScript.
func compiled(t *testing.T) string {
	t.Helper()
	require(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sources, err := filepath.Glob("*.ts")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(sources, "tsconfig.json", "package.json", "node_modules") {
		if err := os.Symlink(filepath.Join(here, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	description := filepath.Join(here, "..", "..", "docs", "api", "openapi.yaml")
	run(t, dir, nil, "node_modules/openapi-typescript/bin/cli.js", description, "-o", "generated/schema.ts")
	run(t, dir, nil, "node_modules/@hey-api/openapi-ts/bin/run.js", "--silent", "--no-log-file", "-i", description, "-o", "generated/hey")
	run(t, dir, nil, "node_modules/typescript/bin/tsc", "-p", ".")
	return dir
}

// run runs a program by node.
func run(t *testing.T, dir string, env []string, arguments ...string) {
	t.Helper()
	node := exec.CommandContext(t.Context(), "node", arguments...)
	node.Dir, node.Env = dir, append(os.Environ(), env...)
	if output, err := node.CombinedOutput(); err != nil {
		t.Fatalf("node %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
}

// require skips the test where the generators are not installed; in CI it fails.
func require(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("node")
	for _, name := range []string{"openapi-typescript", "openapi-fetch", "@hey-api/openapi-ts", "typescript", "tencentcloud-sdk-nodejs-common"} {
		_, missing := os.Stat(filepath.Join("node_modules", name))
		err = errors.Join(err, missing)
	}
	if err == nil {
		return
	}
	message := errors.Join(errors.New("no clients to test with: run make deps"), err).Error()
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
}
