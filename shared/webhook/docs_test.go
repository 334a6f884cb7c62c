package webhook_test

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

const page = "../../docs/payload.md"

// samples are a page's blocks of code in one language.
func samples(t *testing.T, page, language string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		found = append(found, match[1])
	}
	if len(found) == 0 {
		t.Fatalf("%s has no sample in %s", page, language)
	}
	return found
}

func TestPageShowsTheBodies(t *testing.T) {
	shown := samples(t, page, "json")
	for i, name := range []shipbell.Format{shipbell.FormatTCR, shipbell.FormatCloudEvents} {
		content, err := format.Render(sample(name), shipbell.Target{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(content.Body), compact(t, []byte(shown[i]))); diff != "" {
			t.Errorf("%s (-sent +shown):\n%s", name, diff)
		}
	}
}

func TestPageShowsTheRequest(t *testing.T) {
	sent := make(chan string, 1)
	url := misbehaving(t, func(_ *net.TCPConn, request string) { sent <- request })
	sender := webhook.New(webhook.Deps{
		Client:  safehttp.New(safehttp.Options{Allow: loopback()}),
		Version: "0.1.0",
		Now:     func() time.Time { return time.Unix(sampleTime, 0) },
	})
	sender.Send(t.Context(), sample(shipbell.FormatTCR), shipbell.Target{
		URL:     url + "/hook",
		Headers: []shipbell.Header{{Key: "Authentication", Values: secrets("xxxx")}},
		Secret:  shipbell.NewSecret(sampleSecret),
	}, 1)
	head, _, _ := strings.Cut(<-sent, "\r\n\r\n")
	head = strings.Replace(head, strings.TrimPrefix(url, "http://"), "ci.example.com", 1)
	if diff := cmp.Diff(strings.Split(head, "\r\n"), strings.Split(strings.TrimSpace(samples(t, page, "http")[0]), "\n")); diff != "" {
		t.Errorf("(-sent +shown):\n%s", diff)
	}
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
