// Package test holds what is true of Shipbell as a whole: which package may
// import which, and what no package may do.
package test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/shipbell/shipbell/"

// layer is one row of the import rules. Packages are named without the module.
// A pattern is a path in which * stands for one segment; /... at its end means
// the folder and everything in it.
type layer struct {
	from []string // whom the row is about; the first row that fits a package counts
	to   []string // the packages of ours that it may import
	// libraries are the packages of others that it may import; the standard
	// library is open to all. One that may be imported brings its own imports.
	libraries []string
	// planned rows are about platforms that a build may do without, so that
	// nothing need fit them.
	planned bool
	why     string
}

const anything = "..."

func layers() []layer {
	functions := []string{"functions/*"}
	shared := []string{"shared/*"}
	return []layer{
		{from: []string{"functions/sweep/lambda"}, to: slices.Concat(functions, shared, []string{"shared/platform/aws", "shared/platform/aws/redrive"}), libraries: []string{anything}, planned: true,
			why: "sweep alone hands dead events over, and pays for the client of Lambda"},
		{from: []string{"functions/*/lambda"}, to: slices.Concat(functions, shared, []string{"shared/platform/aws"}), libraries: []string{anything}, planned: true,
			why: "a main for Lambda joins functions to the platform aws"},
		{from: []string{"functions/*/scf"}, to: slices.Concat(functions, shared, []string{"shared/platform/tencent"}), libraries: []string{anything}, planned: true,
			why: "a main for SCF joins functions to the platform tencent"},
		{from: []string{"cmd/..."}, to: slices.Concat(functions, shared, []string{"cmd/...", "shared/platform/local", "shared/platform/redis"}), libraries: []string{anything},
			why: "the command joins all functions to the platforms local and redis"},
		{from: []string{"functions/triggers", "functions/logs", "functions/tcrapi", "functions/console"},
			to:        []string{"shared/app", "shared/apiv1", "shared/api", "shared/shipbell", "shared/text", "shared/pattern", "shared/match", "shared/source", "shared/format", "shared/preset", "shared/webhook", "shared/access", "shared/tc3", "shared/setup", "shared/platform"},
			libraries: []string{anything},
			why:       "what people and programs ask goes through the use cases, never to the store"},
		{from: functions, to: []string{"shared/store", "shared/store/stats", "shared/store/ignored", "shared/store/audit", "shared/store/circuit", "shared/store/pace", "shared/store/rate", "shared/shipbell", "shared/text", "shared/source", "shared/sender", "shared/access", "shared/api", "shared/apiv1", "shared/setup", "shared/metrics", "shared/platform"}, libraries: []string{anything},
			why: "a function imports shared packages and the platform's interfaces, never another function or one platform"},
		{from: []string{"shared/backlog"}, to: []string{"shared/shipbell", "shared/store", "shared/platform"},
			why: "what a queue refuses is read again from the store"},
		{from: []string{"shared/store/stats"}, to: []string{"shared/shipbell", "shared/text", "shared/store", "shared/platform"},
			why: "what is counted is counted from the store's deliveries"},
		{from: []string{"shared/store"}, to: []string{"shared/shipbell", "shared/text", "shared/match", "shared/store/ignored", "shared/store/setaside", "shared/metrics", "shared/platform"}, libraries: []string{anything},
			why: "the store knows the log of ignored events and not the statistics"},
		{from: []string{"shared/store/...", "shared/access/..."}, to: []string{"shared/shipbell", "shared/text", "shared/match", "shared/platform"}, libraries: []string{anything},
			why: "what is kept is written once over the platform's interfaces"},
		{from: []string{"shared/app"}, to: []string{"shared/store", "shared/store/stats", "shared/store/ignored", "shared/store/audit", "shared/store/circuit", "shared/access", "shared/shipbell", "shared/text", "shared/pattern", "shared/match", "shared/source", "shared/format", "shared/preset", "shared/webhook", "shared/platform"},
			why: "a use case decides over the store, and knows no HTTP, gateway or language"},
		{from: []string{"shared/preset"}, to: []string{"shared/shipbell"},
			why: "a preset is data"},
		{from: []string{"shared/apiv1"}, to: []string{"shared/shipbell", "shared/text", "shared/pattern", "shared/preset"},
			why: "the API's JSON stands on domain types alone, so that clients can import it"},
		{from: []string{"shared/client"}, to: []string{"shared/apiv1", "shared/shipbell"},
			why: "a client needs the API's JSON and nothing of the server"},
		{from: []string{"shared/setup/..."}, to: []string{"shared/app", "shared/store", "shared/access", "shared/api", "shared/webhook", "shared/sender", "shared/safehttp", "shared/shipbell", "shared/text", "shared/metrics", "shared/platform"}, libraries: []string{anything},
			why: "setup builds dependencies on any platform, for any function"},
		{from: []string{"shared/api/..."}, to: []string{"shared/apiv1", "shared/shipbell", "shared/text", "shared/access"}, libraries: []string{anything},
			why: "the HTTP front knows access keys and domain types, not the store"},
		{from: []string{"shared/tc3/..."}, to: []string{"shared/text"},
			why: "a signature is verified by the standard library alone, and explained by sentences"},
		{from: []string{"shared/source/..."}, to: []string{"shared/shipbell", "shared/text"}, libraries: []string{anything},
			why: "a dialect is decoded into domain types and touches nothing else"},
		{from: []string{"shared/sender/..."}, to: []string{"shared/shipbell", "shared/text", "shared/source", "shared/safehttp"},
			why: "who sent a request is proved by the standard library, with certificates that the guarded client fetches"},
		{from: []string{"shared/format/template"}, to: []string{"shared/text"},
			why: "a template is run on plain values, and cannot reach anything else"},
		{from: []string{"shared/format/..."}, to: []string{"shared/shipbell", "shared/text", "shared/format/template"},
			why: "an event is shaped by the standard library alone, and shaping does no I/O"},
		{from: []string{"shared/sign"}, to: []string{"shared/shipbell", "shared/text"},
			why: "a proof is made and checked by the standard library alone, and does no I/O"},
		{from: []string{"shared/webhook/..."}, to: []string{"shared/shipbell", "shared/text", "shared/format", "shared/sign", "shared/safehttp"}, libraries: []string{anything},
			why: "a request is made from domain types and sent by the guarded client"},
		{from: []string{"shared/platform/tencent/..."}, to: []string{"shared/platform", "shared/platform/invocation", "shared/platform/redis"}, libraries: []string{anything}, planned: true,
			why: "Tencent's platform keeps its items in Redis and needs no other platform"},
		{from: []string{"shared/platform/aws/redrive"}, to: []string{"shared/platform", "shared/platform/aws"}, libraries: []string{anything}, planned: true,
			why: "what becomes of dead events is a part of the platform aws"},
		{from: []string{"shared/platform/aws/...", "shared/platform/redis/..."}, to: []string{"shared/platform", "shared/platform/invocation"}, libraries: []string{anything}, planned: true,
			why: "a platform stores bytes and needs no other platform"},
		{from: []string{"shared/platform/invocation"},
			why: "what invocations have in common knows the events of no cloud"},
		{from: []string{"shared/platform/local/..."}, to: []string{"shared/platform"}, libraries: []string{anything},
			why: "the local platform stores bytes and needs no other platform"},
		{from: []string{"shared/platform/platformtest/..."}, to: []string{"shared/platform"}, libraries: []string{anything},
			why: "the suite knows the contract and none of the platforms"},
		{from: []string{"shared/metrics"}, to: []string{"shared/shipbell"},
			why: "the vocabulary of metrics knows deliveries, and not who collects them"},
		{from: []string{"shared/platform"},
			why: "the interfaces need the standard library alone"},
		{from: []string{"shared/safehttp/..."}, to: []string{"shared/text"}, libraries: []string{"code.dny.dev/ssrf", "golang.org/x/net/http/httpguts", "golang.org/x/text/encoding/htmlindex"},
			why: "the guard of outgoing requests is small enough to be read whole"},
		{from: []string{"shared/shipbell"}, to: []string{"shared/pattern", "shared/text"}, libraries: []string{"github.com/oklog/ulid/v2", "golang.org/x/net/http/httpguts", "golang.org/x/net/idna"},
			why: "words and decisions are pure"},
		{from: []string{"shared/pattern"}, to: []string{"shared/text"}, libraries: []string{"github.com/bmatcuk/doublestar/v4"},
			why: "a pattern knows names and nothing of triggers"},
		{from: []string{"shared/match"}, to: []string{"shared/shipbell", "shared/pattern", "shared/text"},
			why: "the matcher is pure"},
		{from: []string{"shared/text"},
			why: "sentences know their arguments and nothing of whoever says them"},
		{from: []string{"test/...", "tools/..."}, to: []string{anything}, libraries: []string{anything},
			why: "tests and tools may use everything"},
	}
}

// closure is a row about all that a package is linked with, however far away.
type closure struct {
	from, except []string
	never        []string // packages of ours without the module, or of others
	planned      bool
	why          string
}

func closures() []closure {
	aws := []string{"github.com/aws/...", "shared/platform/aws/..."}
	redis := []string{"github.com/redis/...", "shared/platform/redis/..."}
	tencent := []string{"github.com/tencentyun/...", "github.com/tencentcloud/...", "github.com/TencentCloud/...", "shared/platform/tencent/..."}
	return []closure{
		{from: []string{"functions/*/lambda"}, never: slices.Concat(tencent, redis), planned: true, why: "no Tencent code in an AWS binary"},
		{from: []string{"functions/*/scf"}, never: aws, planned: true, why: "no AWS code in an SCF binary"},
		{from: []string{"functions/..."}, never: []string{"shared/client"}, planned: true, why: "a function reaches out by safehttp alone"},
		{from: []string{anything}, except: []string{"cmd/...", "test/...", "tools/..."}, never: []string{"github.com/prometheus/..."}, why: "Prometheus in the local command only"},
		{from: []string{"cmd/..."}, never: slices.Concat(aws, tencent), why: "no cloud's code in the local command"},
		{from: []string{anything}, except: []string{"cmd/...", "shared/platform/local/...", "test/...", "tools/..."}, never: []string{"modernc.org/sqlite/..."}, why: "SQLite in the local command only"},
	}
}

func TestImports(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, violation := range slices.Concat(checkLayers(packages, layers()), checkClosures(packages, closures()), checkMains(packages)) {
		t.Error(violation)
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base == "testdata" || base[0] == '.' || base[0] == '_'):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		violations, err := checkSource(name, string(source))
		for _, violation := range violations {
			t.Error(violation)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWireTypes proves that the API's JSON is declared in shared/apiv1 alone, also by the
// tests that ask a server, and that the console makes no HTTP request. The files named
// here write other JSON.
func TestWireTypes(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"functions/triggers/admin.go":   "the event of a direct invocation",
		"functions/console/session.go":  "a sealed cookie",
		"cmd/shipbell/trigger_apply.go": "what the command itself prints",
		"cmd/shipbell/check.go":         "what the command itself prints",
		"cmd/shipbell/source.go":        "what the command itself prints",
	}
	folders := []string{"functions/receive", "functions/triggers", "functions/logs", "functions/console", "cmd/shipbell"}
	askers := []string{"test/api", "test/server", "test/story", "test/tcrlife", "test/e2e", "test/console", "test/clouds"}
	for _, folder := range slices.Concat(folders, askers) {
		files, err := fs.Glob(os.DirFS(".."), folder+"/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %q, %v", folder, files, err)
		}
		for _, name := range files {
			source, err := os.ReadFile("../" + name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") && slices.Contains(folders, folder) {
				continue
			}
			if declares := strings.Contains(string(source), "`json:"); declares != (others[name] != "") {
				t.Errorf("%s: declares JSON: %t, expected because of %q", name, declares, others[name])
			}
			if folder == "functions/console" && strings.Contains(string(source), "http.NewRequest") {
				t.Errorf("%s: makes an HTTP request; call the use case", name)
			}
		}
	}
}
