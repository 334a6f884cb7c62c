package e2e_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/registry"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/story"
)

func newStory(t *testing.T, opts ...registry.Option) *story.Story {
	t.Helper()
	return story.New(t, server.Start(t, loopback, "--registry-host="+story.Host), opts...)
}

func TestStory(t *testing.T) {
	t.Parallel()
	newStory(t).Run()
}

func TestPages(t *testing.T) {
	t.Parallel()
	story.Pages(t, server.Start(t, loopback), pushed("public", "v1"))
}

func TestMerged(t *testing.T) {
	t.Parallel()
	story.Merged(t, server.Start(t, loopback))
}

func TestStoryWithBlobNoise(t *testing.T) {
	t.Parallel()
	s := newStory(t, registry.BlobNoise())
	s.Server.CreateTrigger(apiv1.TriggerSettings{
		Name: "all", Actions: []shipbell.Action{"pushImage", "deleteImage", "pullImage", "uploadChart", "deleteChart", "downloadChart"},
		Rule: shipbell.Rule{Namespace: "public"}, Targets: []apiv1.Target{{URL: s.Sink.URL() + "/all"}},
	})
	digest, err := s.Registry.PushImage(t.Context(), "public/app", "v1", "one")
	if err != nil {
		t.Fatal(err)
	}
	s.Expect("an image with its blobs", story.Want{Path: "/all", Action: "pushImage", Repo: "public/app", Tag: "v1", Digest: digest})
	if _, err := s.Registry.Pull(t.Context(), "public/app", "v1"); err != nil {
		t.Fatal(err)
	}
	s.Expect("a pull with its blobs", story.Want{Path: "/all", Action: "pullImage", Repo: "public/app", Tag: "v1", Digest: digest})
	s.LogHolds()
}

func TestNothingIsLostWhileShipbellIsDown(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*server.Server){
		"killed": (*server.Server).Kill,
		"ended": func(s *server.Server) {
			if code := s.Terminate(); code != 0 {
				t.Errorf("exit code %d after SIGTERM, want 0", code)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.Server.CreateTrigger(pushes("all", "public", s.Sink.URL()+"/all"))
			push := func(tag string) story.Want {
				t.Helper()
				digest, err := s.Registry.PushImage(t.Context(), "public/app", tag, tag)
				if err != nil {
					t.Fatal(err)
				}
				return story.Want{Path: "/all", Action: "pushImage", Repo: "public/app", Tag: tag, Digest: digest}
			}
			first := push("v1")
			s.Settle() // the registry's own queue is in memory: it must be empty
			s.Registry.Restart()
			second := push("v2")
			s.Expect("around a restart of the registry", first, second)

			end(s.Server)
			third, fourth := push("v3"), push("v4")
			s.Server.Restart()
			s.Expect("pushed while Shipbell was down", third, fourth)

			if err := s.Registry.DeleteManifest(t.Context(), "public/app", first.Digest); err != nil {
				t.Fatal(err)
			}
			s.LogHolds()
		})
	}
}
