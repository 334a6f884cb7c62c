package webhook_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/sign"
	"github.com/shipbell/shipbell/shared/webhook"
)

const (
	signaturesPage = "../../docs/signatures.md"
	examples       = "../../docs/examples"
)

// receiver is an example of a receiver, and what runs it.
type receiver struct {
	file, language string
	// command is run in a folder of its own with the file's path and a port behind it.
	command []string
	// optional ones may be missing everywhere.
	optional bool
}

func receivers() []receiver {
	return []receiver{
		{file: "receiver.go", language: "go"},
		{file: "receiver.py", language: "python", command: []string{"python3"}},
		{file: "receiver.js", language: "js", command: []string{"node"}},
		{file: "Receiver.java", language: "java", command: []string{"java"}, optional: true},
	}
}

// TestExamplesVerifySignatures has the example receivers take what Shipbell signs, during a
// rotation too, and nothing else.
func TestExamplesVerifySignatures(t *testing.T) {
	const another = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	good := shipbell.Target{Secret: shipbell.NewSecret(sampleSecret)}
	rotated := shipbell.Target{Secret: shipbell.NewSecret(another), FormerSecret: good.Secret, FormerSecretUntil: time.Now().Add(time.Hour)}
	for _, example := range receivers() {
		t.Run(example.language, func(t *testing.T) {
			address := example.start(t)
			for _, test := range []struct {
				name   string
				target shipbell.Target
				age    time.Duration
				change func(*http.Request)
				want   int
			}{
				{"as sent", good, 0, nil, http.StatusNoContent},
				{"the secret is a former one", rotated, 0, nil, http.StatusNoContent},
				{"another secret", shipbell.Target{Secret: shipbell.NewSecret(another)}, 0, nil, http.StatusUnauthorized},
				{"unsigned", shipbell.Target{}, 0, nil, http.StatusUnauthorized},
				{"six minutes old", good, 6 * time.Minute, nil, http.StatusUnauthorized},
				{"six minutes ahead", good, -6 * time.Minute, nil, http.StatusUnauthorized},
				{"another id", good, 0, func(r *http.Request) { r.Header.Set("webhook-id", "another") }, http.StatusUnauthorized},
				{"no id", good, 0, func(r *http.Request) { r.Header.Del("webhook-id") }, http.StatusUnauthorized},
				{"another time", good, 2 * time.Second, func(r *http.Request) { r.Header.Set("webhook-timestamp", strconv.FormatInt(time.Now().Unix(), 10)) }, http.StatusUnauthorized},
				{"no time", good, 0, func(r *http.Request) { r.Header.Del("webhook-timestamp") }, http.StatusUnauthorized},
				{"a time that is none", good, 0, func(r *http.Request) { r.Header.Set("webhook-timestamp", "1e9") }, http.StatusUnauthorized},
				{"a signature that is none", good, 0, func(r *http.Request) { r.Header.Set("webhook-signature", "v1,é v1 ,") }, http.StatusUnauthorized},
				{"another body", good, 0, func(r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(body)+" ")), int64(len(body)+1)
				}, http.StatusUnauthorized},
			} {
				test.target.URL = address
				if got := deliver(t, test.target, time.Now().Add(-test.age), test.change); got != test.want {
					t.Errorf("%s: %d, want %d", test.name, got, test.want)
				}
			}
		})
	}
}

// deliver sends the sample to a target as if it was at, and gives the status that came back.
// change alters what is sent on its way.
func deliver(t *testing.T, target shipbell.Target, at time.Time, change func(*http.Request)) int {
	t.Helper()
	deps := webhook.Deps{Client: safehttp.New(safehttp.Options{Allow: loopback()}), Version: "1.2.3", Now: func() time.Time { return at }}
	if change == nil {
		return webhook.New(deps).Send(t.Context(), sample(shipbell.FormatTCR), target, 1).StatusCode
	}
	address, got := recorder(t)
	to := target.URL
	target.URL = address
	webhook.New(deps).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = got.Header
	change(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// start runs the example until the test ends, and gives its address.
func (r receiver) start(t *testing.T) (address string) {
	t.Helper()
	file, err := filepath.Abs(filepath.Join(examples, r.file))
	if err != nil {
		t.Fatal(err)
	}
	command := append(r.command[:len(r.command):len(r.command)], file, "0")
	if r.command == nil {
		command = []string{build(t, file), "0"}
	} else if _, err := exec.LookPath(command[0]); err != nil {
		if os.Getenv("CI") == "true" && !r.optional {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	output, printed := io.Pipe()
	process := exec.CommandContext(t.Context(), command[0], command[1:]...)
	process.Env = append(os.Environ(), "SECRET="+sampleSecret)
	process.Dir, process.Stdout, process.Stderr = t.TempDir(), printed, t.Output()
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		printed.CloseWithError(process.Wait())
	}()
	t.Cleanup(func() { <-ended }) // the end of the test's context kills it
	lines := bufio.NewReader(output)
	line, err := lines.ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !found {
		t.Fatalf("%s printed %q: %v", r.file, line, err)
	}
	go io.Copy(io.Discard, lines)
	return address + "/hook"
}

// build compiles the Go example.
func build(t *testing.T, file string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "receiver")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, file).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", file, err, output)
	}
	return binary
}

// TestPageShowsTheExamples holds the page's code against the files that are run.
func TestPageShowsTheExamples(t *testing.T) {
	for _, example := range receivers() {
		source, err := os.ReadFile(filepath.Join(examples, example.file))
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range samples(t, signaturesPage, example.language) {
			if !strings.Contains(string(source), strings.TrimSpace(shown)) {
				t.Errorf("%s is not what the page shows:\n%s", example.file, shown)
			}
		}
	}
}

// TestPageMakesKeys makes a pair of ed25519 keys as the page says: one checks what the other
// signs.
func TestPageMakesKeys(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-c", samples(t, signaturesPage, "sh")[0])
	shell.Dir = t.TempDir()
	output, err := shell.Output()
	keys := strings.Fields(string(output))
	if err != nil || len(keys) != 2 {
		t.Fatalf("%q, %v", output, err)
	}
	address, got := recorder(t)
	target := shipbell.Target{URL: address, Secret: shipbell.NewSecret(keys[0])}
	newSender(safehttp.Options{}).Send(t.Context(), sample(shipbell.FormatTCR), target, 1)
	request := sign.Received{Header: got.Header, Body: []byte(got.Body)}
	if _, err := sign.Check(request, shipbell.Auth{}, keys[1], time.Unix(sampleTime, 0)); err != nil {
		t.Error(err)
	}
}
