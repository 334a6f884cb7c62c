package shipbell_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestTarget(t *testing.T) {
	t.Parallel()
	subject := shipbell.Trigger{Targets: []shipbell.Target{{URL: "http://a/", Format: shipbell.FormatTCR}, {URL: "http://b/", Format: shipbell.FormatCloudEvents}}}
	if got, found := subject.Target("http://b/"); !found || got.Format != shipbell.FormatCloudEvents {
		t.Errorf("target %+v, found %v", got, found)
	}
	if _, found := subject.Target("http://B/"); found {
		t.Error("found a target that is not there")
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://CI.example.com/hook?x=y": "https://ci.example.com:443",
		"HTTP://a/":                       "http://a:80",
		"http://a:8080":                   "http://a:8080",
		"https://[::1]/":                  "https://::1:443",
		"http://[::1":                     "",
	} {
		if got := shipbell.Origin(url); got != want {
			t.Errorf("%s: origin %q, want %q", url, got, want)
		}
	}
}

func TestMaskURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://a/b":                   "https://a/b",
		"https://a/b?key=secret&x=y&z":  "https://a/b?key=••••&x=••••&••••",
		"https://user:secret@a/b":       "https://a/b",
		"https://a/b?":                  "https://a/b?••••",
		"https://a/%zz?key=secret":      "••••",
		"https://a/b?key=a%26b=c&key=d": "https://a/b?key=••••&key=••••",
	} {
		if got := shipbell.MaskURL(url); got != want {
			t.Errorf("%s: masked %q, want %q", url, got, want)
		}
	}
}
