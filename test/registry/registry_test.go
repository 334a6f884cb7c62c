package registry_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/test/registry"
)

// TestBlobNoise proves that a registry sends the events of blobs when it is told to: the
// tests that ask for them only see that Shipbell ignores them. All else that a registry
// sends is proven by the story.
func TestBlobNoise(t *testing.T) {
	t.Parallel()
	const blob, manifest = "application/octet-stream", "application/vnd.oci.image.manifest.v1+json"
	for want, opts := range map[string][]registry.Option{
		fmt.Sprint([]string{manifest}):             nil,
		fmt.Sprint([]string{blob, blob, manifest}): {registry.BlobNoise()},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			kinds := make(chan string, 100)
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var envelope struct {
					Events []struct {
						Target struct {
							MediaType string `json:"mediaType"`
						} `json:"target"`
					} `json:"events"`
				}
				if err := json.NewDecoder(r.Body).Decode(&envelope); err != nil {
					t.Errorf("read the registry's events: %v", err)
				}
				for _, e := range envelope.Events {
					kinds <- e.Target.MediaType
				}
				w.WriteHeader(http.StatusAccepted)
			}))
			t.Cleanup(hook.Close)
			r := registry.Start(t, hook.URL, "key:secret", opts...)
			if _, err := r.PushImage(t.Context(), "public/app", "v1.0.0", "one"); err != nil {
				t.Fatal(err)
			}
			// A registry sends in order, so the manifest's event is the last.
			var got []string
			timeout := time.After(20 * time.Second)
			for len(got) == 0 || got[len(got)-1] != manifest {
				select {
				case kind := <-kinds:
					got = append(got, kind)
				case <-timeout:
					t.Fatalf("the manifest's event did not come within 20 s, but these did: %q", got)
				}
			}
			if diff := cmp.Diff(want, fmt.Sprint(got)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}
