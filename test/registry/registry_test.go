package registry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/test/registry"
)

// event is what the tests look at in one event of the registry.
type event struct {
	Action string `json:"action"`
	Target struct {
		MediaType  string `json:"mediaType"`
		Digest     string `json:"digest"`
		Repository string `json:"repository"`
		Tag        string `json:"tag"`
		References []struct {
			MediaType string `json:"mediaType"`
		} `json:"references"`
	} `json:"target"`
	Request struct {
		Method string `json:"method"`
	} `json:"request"`
	Actor struct {
		Name string `json:"name"`
	} `json:"actor"`
}

// String shortens the event to its method, what it concerns and its kind.
func (e event) String() string {
	reference := "@digest"
	if e.Target.Tag != "" {
		reference = ":" + e.Target.Tag
	}
	kind := strings.TrimSuffix(strings.TrimPrefix(e.Target.MediaType, "application/vnd.oci.image."), ".v1+json")
	return strings.TrimSpace(fmt.Sprintf("%s %s%s %s", e.Request.Method, e.Target.Repository, reference, kind))
}

// hook stands where Shipbell will: it keeps the events in the order they come.
type hook struct {
	*httptest.Server
	requests chan *http.Request
	events   chan event
}

func startHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{requests: make(chan *http.Request, 100), events: make(chan event, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var envelope struct {
			Events []event `json:"events"`
		}
		if err := json.NewDecoder(r.Body).Decode(&envelope); err != nil {
			t.Errorf("read the registry's events: %v", err)
		}
		h.requests <- r
		for _, e := range envelope.Events {
			h.events <- e
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(h.Close)
	return h
}

// until returns the events before the first one for which last is true. A
// registry sends in order, so an event made afterwards proves that no other
// is still to come.
func (h *hook) until(t *testing.T, last func(event) bool) []event {
	t.Helper()
	var seen []event
	timeout := time.After(20 * time.Second)
	for {
		select {
		case e := <-h.events:
			if last(e) {
				return seen
			}
			seen = append(seen, e)
		case <-timeout:
			t.Fatalf("the last event did not come within 20s, but these did: %v", seen)
		}
	}
}

func resolved(e event) bool { return e.Request.Method == http.MethodHead }

func TestEvents(t *testing.T) {
	t.Parallel()
	image := func(ctx context.Context, r *registry.Registry) error {
		_, err := r.PushImage(ctx, "public/app", "v1.0.0", "one")
		return err
	}
	tests := map[string]struct {
		opts []registry.Option
		do   func(context.Context, *registry.Registry) error
		want []string
	}{
		"image": {do: image, want: []string{"PUT public/app:v1.0.0 manifest"}},
		"image with its blobs": {
			opts: []registry.Option{registry.BlobNoise()},
			do:   image,
			want: []string{"PUT public/app@digest application/octet-stream", "PUT public/app@digest application/octet-stream", "PUT public/app:v1.0.0 manifest"},
		},
		"index": {
			do: func(ctx context.Context, r *registry.Registry) error {
				_, _, err := r.PushIndex(ctx, "public/multi", "v1.0.0", "two")
				return err
			},
			want: []string{"PUT public/multi@digest manifest", "PUT public/multi@digest manifest", "PUT public/multi:v1.0.0 index"},
		},
		"chart": {
			do: func(ctx context.Context, r *registry.Registry) error {
				_, err := r.PushChart(ctx, "charts/demo", "0.1.0", "three")
				return err
			},
			want: []string{"PUT charts/demo:0.1.0 manifest"},
		},
		"second tag": {
			do: func(ctx context.Context, r *registry.Registry) error {
				if err := image(ctx, r); err != nil {
					return err
				}
				return r.Tag(ctx, "public/app", "v1.0.0", "stable")
			},
			want: []string{"PUT public/app:v1.0.0 manifest", "GET public/app:v1.0.0 manifest", "PUT public/app:stable manifest"},
		},
		"delete": {
			do: func(ctx context.Context, r *registry.Registry) error {
				digest, err := r.PushImage(ctx, "public/app", "v1.0.0", "one")
				if err != nil {
					return err
				}
				return r.DeleteManifest(ctx, "public/app", digest)
			},
			want: []string{"PUT public/app:v1.0.0 manifest", "DELETE public/app@digest", "DELETE public/app:v1.0.0"},
		},
		"pull of an index": {
			do: func(ctx context.Context, r *registry.Registry) error {
				if _, _, err := r.PushIndex(ctx, "a/b/c/d", "V1_x", "two"); err != nil {
					return err
				}
				_, err := r.Pull(ctx, "a/b/c/d", "V1_x")
				return err
			},
			want: []string{
				"PUT a/b/c/d@digest manifest", "PUT a/b/c/d@digest manifest", "PUT a/b/c/d:V1_x index",
				"GET a/b/c/d:V1_x index", "GET a/b/c/d@digest manifest",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startHook(t)
			r := registry.Start(t, h.URL, "key:secret", test.opts...)
			if err := test.do(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			mark(t, r)
			got := []string{}
			for _, e := range h.until(t, resolved) {
				if e.Actor.Name != registry.User {
					t.Errorf("%v was done by %q, want %q", e, e.Actor.Name, registry.User)
				}
				if e.Target.Repository != "mark" {
					got = append(got, e.String())
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// mark makes the one event that no test makes: the HEAD of a manifest.
func mark(t *testing.T, r *registry.Registry) {
	t.Helper()
	digest, err := r.PushImage(t.Context(), "mark", "", "mark")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Resolve(t.Context(), "mark", digest); err != nil || got != digest {
		t.Fatalf("Resolve = %q, %v, want %q", got, err, digest)
	}
}

func TestRequestToHook(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key           string
		opts          []registry.Option
		authorization string
		uri           string
	}{
		"default":      {"key:secret", nil, "Bearer key:secret", "/v1/events/default"},
		"key in query": {"", []registry.Option{registry.EventsPath("/v1/events/other?key=a:b")}, "", "/v1/events/other?key=a:b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startHook(t)
			r := registry.Start(t, h.URL, test.key, test.opts...)
			if _, err := r.PushImage(t.Context(), "busybox", "1.0", "content"); err != nil {
				t.Fatal(err)
			}
			req := <-h.requests
			if got := req.Header.Get("Authorization"); got != test.authorization {
				t.Errorf("Authorization = %q, want %q", got, test.authorization)
			}
			if got := req.URL.RequestURI(); got != test.uri {
				t.Errorf("URI = %q, want %q", got, test.uri)
			}
		})
	}
}

func TestKindsAreTold(t *testing.T) {
	t.Parallel()
	h := startHook(t)
	r := registry.Start(t, h.URL, "key:secret")
	image, err := r.PushImage(t.Context(), "public/app", "v1", "content")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.PushSignature(t.Context(), "public/app", image); err != nil {
		t.Fatal(err)
	}
	if _, err := r.PushChart(t.Context(), "charts/app", "1.0.0", "content"); err != nil {
		t.Fatal(err)
	}
	mark(t, r)
	events := h.until(t, resolved)
	if want := strings.Replace(image, ":", "-", 1) + ".sig"; events[1].Target.Tag != want {
		t.Errorf("the signature has the tag %q, want %q", events[1].Target.Tag, want)
	}
	var kinds []string
	for _, reference := range events[2].Target.References {
		kinds = append(kinds, reference.MediaType)
	}
	if !slices.Contains(kinds, "application/vnd.cncf.helm.config.v1+json") {
		t.Errorf("the chart refers to %q, none of them a chart's config", kinds)
	}
}

func TestRestartKeepsPortAndData(t *testing.T) {
	t.Parallel()
	h := startHook(t)
	r := registry.Start(t, h.URL, "key:secret")
	host := r.Host()
	want, err := r.PushImage(t.Context(), "public/app", "v1", "content")
	if err != nil {
		t.Fatal(err)
	}
	r.Restart()
	if r.Host() != host || r.URL() != "http://"+host {
		t.Errorf("restarted at %s, want %s", r.Host(), host)
	}
	if got, err := r.Pull(t.Context(), "public/app", "v1"); err != nil || got != want {
		t.Errorf("Pull after a restart = %q, %v, want %q", got, err, want)
	}
}

func TestErrorsTellWhatWasAttempted(t *testing.T) {
	t.Parallel()
	r := registry.Start(t, startHook(t).URL, "key:secret")
	for _, test := range []struct {
		err  func(context.Context) error
		want string
	}{
		{func(ctx context.Context) error { _, err := r.Pull(ctx, "public/none", "v1"); return err }, "pull public/none:v1: GET /v2/public/none/manifests/v1: status 404"},
		{func(ctx context.Context) error { return r.Tag(ctx, "public/none", "v1", "v2") }, "tag public/none:v1 as v2: GET "},
		{func(ctx context.Context) error { _, err := r.PushImage(ctx, "UPPER", "v1", "content"); return err }, "push image UPPER:v1: POST "},
	} {
		if err := test.err(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
