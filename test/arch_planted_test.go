package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// planted makes packages out of lines such as "functions/a -> functions/b".
func planted(edges ...string) map[string]listed {
	packages := map[string]listed{"errors": {ImportPath: "errors", Standard: true}}
	full := func(name string) string {
		if fits([]string{"cmd/...", "functions/...", "shared/...", "test/...", "extra/..."}, name) {
			return module + name
		}
		return name
	}
	for _, edge := range edges {
		from, to, _ := strings.Cut(edge, " -> ")
		p := packages[full(from)]
		p.ImportPath = full(from)
		if to != "" {
			p.Imports = append(p.Imports, full(to))
			if _, known := packages[full(to)]; !known && full(to) != to {
				packages[full(to)] = listed{ImportPath: full(to)}
			}
		}
		packages[full(from)] = p
	}
	return packages
}

// TestPlantedImports proves that every row can fail, and what it then says.
func TestPlantedImports(t *testing.T) {
	t.Parallel()
	tests := []struct{ plant, want string }{
		{"functions/logs/lambda -> shared/platform/tencent", "a main for Lambda joins functions to the platform aws"},
		{"functions/logs/lambda -> shared/platform/aws/redrive", "a main for Lambda joins functions to the platform aws"},
		{"functions/sweep/lambda -> shared/platform/local", "sweep alone hands dead events over, and pays for the client of Lambda"},
		{"functions/logs/lambda -> shared/platform/local", "a main for Lambda joins functions to the platform aws"},
		{"functions/logs/scf -> shared/platform/aws", "a main for SCF joins functions to the platform tencent"},
		{"cmd/shipbell -> shared/platform/aws", "the command joins all functions to the platforms local and redis"},
		{"cmd/shipbell -> functions/logs/scf", "the command joins all functions to the platforms local and redis"},
		{"functions/logs -> shared/store", "what people and programs ask goes through the use cases, never to the store"},
		{"shared/app -> shared/api", "a use case decides over the store, and knows no HTTP, gateway or language"},
		{"shared/apiv1 -> shared/store", "the API's JSON stands on domain types alone, so that clients can import it"},
		{"shared/client -> shared/api", "a client needs the API's JSON and nothing of the server"},
		{"functions/receive -> functions/logs", "a function imports shared packages and the platform's interfaces, never another function or one platform"},
		{"functions/receive -> shared/platform/local", "a function imports shared packages and the platform's interfaces, never another function or one platform"},
		{"shared/store -> shared/store/stats", "the store knows the log of ignored events and not the statistics"},
		{"shared/backlog -> shared/match", "what a queue refuses is read again from the store"},
		{"shared/store/stats -> shared/match", "what is counted is counted from the store's deliveries"},
		{"shared/store/ignored -> shared/store", "what is kept is written once over the platform's interfaces"},
		{"shared/access -> shared/api", "what is kept is written once over the platform's interfaces"},
		{"shared/setup -> shared/platform/aws", "setup builds dependencies on any platform, for any function"},
		{"shared/setup -> functions/receive", "setup builds dependencies on any platform, for any function"},
		{"shared/api -> shared/store", "the HTTP front knows access keys and domain types, not the store"},
		{"shared/tc3 -> shared/access", "a signature is verified by the standard library alone, and explained by sentences"},
		{"shared/tc3 -> github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common", "a signature is verified by the standard library alone, and explained by sentences"},
		{"shared/source -> shared/store", "a dialect is decoded into domain types and touches nothing else"},
		{"shared/sender -> shared/store", "who sent a request is proved by the standard library, with certificates that the guarded client fetches"},
		{"shared/format -> shared/safehttp", "an event is shaped by the standard library alone, and shaping does no I/O"},
		{"shared/preset -> shared/format", "a preset is data"},
		{"shared/format/template -> shared/shipbell", "a template is run on plain values, and cannot reach anything else"},
		{"shared/sign -> shared/safehttp", "a proof is made and checked by the standard library alone, and does no I/O"},
		{"shared/webhook -> shared/store", "a request is made from domain types and sent by the guarded client"},
		{"shared/platform/aws/redrive -> shared/platform/redis", "what becomes of dead events is a part of the platform aws"},
		{"shared/platform/aws -> shared/shipbell", "a platform stores bytes and needs no other platform"},
		{"shared/platform/tencent -> shared/platform/aws", "Tencent's platform keeps its items in Redis and needs no other platform"},
		{"shared/platform/redis -> shared/platform/aws", "a platform stores bytes and needs no other platform"},
		{"shared/platform/invocation -> github.com/aws/aws-lambda-go/events", "what invocations have in common knows the events of no cloud"},
		{"shared/platform/invocation -> shared/platform/aws", "what invocations have in common knows the events of no cloud"},
		{"shared/platform/local -> shared/store", "the local platform stores bytes and needs no other platform"},
		{"shared/platform/platformtest -> shared/platform/local", "the suite knows the contract and none of the platforms"},
		{"shared/metrics -> github.com/prometheus/client_golang/prometheus", "the vocabulary of metrics knows deliveries, and not who collects them"},
		{"shared/metrics -> shared/store", "the vocabulary of metrics knows deliveries, and not who collects them"},
		{"shared/platform -> golang.org/x/sync/errgroup", "the interfaces need the standard library alone"},
		{"shared/platform -> shared/shipbell", "the interfaces need the standard library alone"},
		{"shared/safehttp -> github.com/bmatcuk/doublestar/v4", "the guard of outgoing requests is small enough to be read whole"},
		{"shared/shipbell -> golang.org/x/net/http2", "words and decisions are pure"},
		{"shared/pattern -> shared/shipbell", "a pattern knows names and nothing of triggers"},
		{"shared/match -> shared/store", "the matcher is pure"},
		{"shared/text -> shared/shipbell", "sentences know their arguments and nothing of whoever says them"},
		{"shared/shipbell -> shared/store", "words and decisions are pure"},
	}
	failed := map[string]bool{}
	for _, test := range tests {
		want := strings.Replace(test.plant, " -> ", " imports ", 1) + ": " + test.want
		if got := checkLayers(planted(test.plant), layers()); !slices.Contains(got, want) {
			t.Errorf("planted %q, got:\n%s\nwant among them:\n%s", test.plant, strings.Join(got, "\n"), want)
		}
		failed[test.want] = true
	}
	for _, row := range layers() {
		if !failed[row.why] && !slices.Contains(row.to, anything) {
			t.Errorf("nothing proves that the row about %v can fail", row.from)
		}
	}
}

func TestPlantedClosures(t *testing.T) {
	t.Parallel()
	everyRow := []string{"cmd/shipbell", "shared/shipbell"}
	tests := map[string]struct {
		plant []string
		want  []string
	}{
		"clean": {plant: []string{
			"functions/logs/lambda -> shared/platform/aws", "shared/platform/aws -> github.com/aws/aws-lambda-go/lambda",
			"functions/logs/scf -> shared/platform/tencent", "shared/platform/tencent -> github.com/tencentyun/scf-go-lib/cloudfunction",
			"cmd/shipbell -> shared/platform/local", "shared/platform/local -> modernc.org/sqlite",
		}},
		"tencent in lambda": {
			plant: []string{"functions/logs/lambda -> functions/logs", "functions/logs -> github.com/x/y", "github.com/x/y -> github.com/tencentyun/scf-go-lib/cloudfunction"},
			want:  []string{"functions/logs/lambda -> functions/logs -> github.com/x/y -> github.com/tencentyun/scf-go-lib/cloudfunction: no Tencent code in an AWS binary"},
		},
		"aws in scf": {
			plant: []string{"functions/logs/scf -> github.com/x/y", "github.com/x/y -> github.com/aws/smithy-go"},
			want:  []string{"functions/logs/scf -> github.com/x/y -> github.com/aws/smithy-go: no AWS code in an SCF binary"},
		},
		"a cloud in cmd": {
			plant: []string{"cmd/shipbell -> functions/logs", "functions/logs -> github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"},
			want:  []string{"cmd/shipbell -> functions/logs -> github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common: no cloud's code in the local command"},
		},
		"prometheus elsewhere": {
			plant: []string{"functions/logs -> github.com/prometheus/client_golang/prometheus"},
			want:  []string{"functions/logs -> github.com/prometheus/client_golang/prometheus: Prometheus in the local command only"},
		},
		"sqlite elsewhere": {
			plant: []string{"shared/store -> modernc.org/sqlite/lib"},
			want:  []string{"shared/store -> modernc.org/sqlite/lib: SQLite in the local command only"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := checkClosures(planted(slices.Concat(everyRow, test.plant)...), closures())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlantedMains(t *testing.T) {
	t.Parallel()
	got := checkMains(planted(
		"functions/logs/scf -> functions/logs", "functions/console/scf -> functions/logs", "functions/logs/lambda -> shared/x",
		"shared/x -> functions/sweep", "functions/sweep -> errors",
	))
	want := []string{"functions/logs/lambda -> shared/x -> functions/sweep: a binary has no function but its own"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestPlantedGaps(t *testing.T) {
	t.Parallel()
	got := checkLayers(planted("extra/thing"), layers())
	for _, want := range []string{
		"extra/thing: no row says what it may import",
		"no package is shared/source/...: a dialect is decoded into domain types and touches nothing else",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("got:\n%s\nwant among them:\n%s", strings.Join(got, "\n"), want)
		}
	}
	if got, want := checkClosures(planted("shared/shipbell"), closures()), "no package is cmd/...: no cloud's code in the local command"; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
}

func TestPlantedSource(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, source string
		want         []string
	}{
		"clean": {"shared/webhook/send.go", `
import ("embed"; "errors"; "io"; "net/http"; "regexp"; "sync")
var _ io.Writer = (*sender)(nil)
var ErrGone, errLate = errors.New("gone"), errors.New("late")
var pattern = regexp.MustCompile("a")
var texts = sync.OnceValue(readTexts)
//go:embed page.html
var page string
var (
	//go:embed assets
	assets embed.FS
)
type sender struct{ client *http.Client }
func (sender) init() {}
func (s sender) send(c *http.Client) *http.Transport { var local int; _ = local; return nil }
`, nil},
		"state": {"shared/store/store.go", `
import "errors"
var count int
var cache = map[string]int{}
var (
	a, b = errors.New("a"), 1
	errMade = make(chan int)
)
func init() {}
`, []string{
			"shared/store/store.go:3: var count: a package keeps no state",
			"shared/store/store.go:4: var cache: a package keeps no state",
			"shared/store/store.go:6: var a: a package keeps no state",
			"shared/store/store.go:7: var errMade: a package keeps no state",
			"shared/store/store.go:9: func init: nothing happens before main",
		}},
		"clients": {"shared/source/fetch.go", `
import web "net/http"
type sender struct{ client web.Client }
func fetch() {
	web.Get("x")
	_ = web.Post
	_, _ = web.DefaultClient.Head("x")
	_ = &web.Client{Transport: &web.Transport{}}
	_ = new(web.Client)
	_ = web.DefaultTransport.(*web.Transport).Clone()
}
`, []string{
			"shared/source/fetch.go:3: http.Client: only shared/safehttp may reach out",
			"shared/source/fetch.go:5: http.Get: only shared/safehttp may reach out",
			"shared/source/fetch.go:6: http.Post: only shared/safehttp may reach out",
			"shared/source/fetch.go:7: http.DefaultClient: only shared/safehttp may reach out",
			"shared/source/fetch.go:8: http.Client: only shared/safehttp may reach out",
			"shared/source/fetch.go:8: http.Transport: only shared/safehttp may reach out",
			"shared/source/fetch.go:9: http.Client: only shared/safehttp may reach out",
			"shared/source/fetch.go:10: http.DefaultTransport: only shared/safehttp may reach out",
		}},
		"dot import":          {"functions/logs/logs.go", "import . \"net/http\"\n", []string{"functions/logs/logs.go:1: imports net/http as a dot, which hides its clients"}},
		"a client of the API": {"shared/client/client.go", "import \"net/http\"\nfunc f() { _ = http.Client{} }\n", nil},
		"a client in the cli": {"cmd/shipbell/log.go", "import \"net/http\"\nfunc f() { http.Get(\"x\") }\n", []string{"cmd/shipbell/log.go:2: http.Get: only shared/safehttp may reach out"}},
		"a client in a guard": {"shared/safehttp/client.go", "import \"net/http\"\nfunc f() { _ = http.Client{} }\n", nil},
		"a client in a test":  {"test/sink/sink.go", "import \"net/http\"\nfunc f() { _ = http.DefaultClient }\n", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := checkSource(test.name, "package p; "+test.source)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}
