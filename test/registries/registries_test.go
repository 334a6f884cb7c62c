package registries

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/registry"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/story"
)

func TestMain(m *testing.M) { os.Exit(server.Main(m)) }

// newStory puts distribution 3 before a shipbell.
func newStory(t *testing.T) *story.Story {
	t.Helper()
	distribution := Binary(t, "registry")
	return story.New(t, server.Start(t, "--allow-targets=127.0.0.1/32", "--registry-host="+story.Host), registry.Binary(distribution))
}

// TestStory is the story that other tests have Debian's registry tell.
func TestStory(t *testing.T) {
	t.Parallel()
	newStory(t).Run()
}

// TestTools has helm and oras push, attach, tag, pull and delete. Nothing comes of what a
// tool does beside that: exactly these deliveries arrive.
func TestTools(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	c := &tools{t: t, dir: t.TempDir(), host: strings.TrimPrefix(s.Registry.URL(), "http://")}
	const path = "/all"
	s.Server.CreateTrigger(apiv1.TriggerSettings{
		Name: "all", Actions: []shipbell.Action{"pushImage", "deleteImage", "pullImage", "uploadChart", "deleteChart", "downloadChart"},
		Rule: shipbell.Rule{Namespace: "{public,charts}"}, Targets: []apiv1.Target{{URL: s.Sink.URL() + path}},
	})

	c.write("demo/Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.2.3+up5\n")
	chart := c.pushChart("demo", "demo-1.2.3+up5.tgz", "charts")
	s.Expect("helm push, which writes _ for +", story.Want{Path: path, Action: "uploadChart", Repo: "charts/demo", Tag: "1.2.3_up5", Digest: chart})
	c.write("pulled/before", "") // for helm wants the folder to be there
	c.run("helm", "pull", "oci://"+c.at("charts/demo"), "--version", "1.2.3+up5", "--destination", "pulled")
	s.Expect("helm pull", story.Want{Path: path, Action: "downloadChart", Repo: "charts/demo", Tag: "1.2.3_up5", Digest: chart})

	c.write("notes.txt", "notes")
	files := c.run("oras", "push", c.at("public/files:v1"), "notes.txt", "--artifact-type", "application/vnd.example.notes")
	s.Expect("oras push of an artifact", story.Want{Path: path, Action: "pushImage", Repo: "public/files", Tag: "v1", Digest: files})
	c.run("oras", "pull", c.at("public/files:v1"), "--output", "pulled")
	s.Expect("oras pull", story.Want{Path: path, Action: "pullImage", Repo: "public/files", Tag: "v1", Digest: files})

	app := c.pushImage(s, "public/app")
	s.Expect("an image", story.Want{Path: path, Action: "pushImage", Repo: "public/app", Tag: "v1", Digest: app})
	attached := c.run("oras", "attach", c.at("public/app:v1"), "notes.txt", "--artifact-type", "application/vnd.example.sbom")
	s.Expect("oras attach")
	c.ignored(s, text.IgnoredAccessory)
	tagged := c.pushImage(s, "public/tagged")
	c.run("oras", "tag", c.at("public/tagged:v1"), "v2")
	s.Expect("oras tag, which gets the manifest first",
		story.Want{Path: path, Action: "pushImage", Repo: "public/tagged", Tag: "v1", Digest: tagged},
		story.Want{Path: path, Action: "pullImage", Repo: "public/tagged", Tag: "v1", Digest: tagged},
		story.Want{Path: path, Action: "pushImage", Repo: "public/tagged", Tag: "v2", Digest: tagged})

	c.delete(s, "public/app", attached)
	s.Expect("the delete of what was attached")
	c.run("oras", "manifest", "delete", "--force", c.at("public/app:v1"))
	s.Expect("oras manifest delete, which gets the manifest first",
		story.Want{Path: path, Action: "pullImage", Repo: "public/app", Tag: "v1", Digest: app},
		story.Want{Path: path, Action: "deleteImage", Repo: "public/app", Tag: "v1", Digest: app})
	c.run("oras", "manifest", "delete", "--force", c.at("charts/demo:1.2.3_up5"))
	s.Expect("oras manifest delete of a chart",
		story.Want{Path: path, Action: "downloadChart", Repo: "charts/demo", Tag: "1.2.3_up5", Digest: chart},
		story.Want{Path: path, Action: "deleteChart", Repo: "charts/demo", Tag: "1.2.3_up5", Digest: chart})
	c.delete(s, "public/tagged", tagged)
	s.Expect("the delete of a digest with two tags",
		story.Want{Path: path, Action: "deleteImage", Repo: "public/tagged", Tag: "v1", Digest: tagged},
		story.Want{Path: path, Action: "deleteImage", Repo: "public/tagged", Tag: "v2", Digest: tagged})
	c.delete(s, "public/files", "v1")
	s.Expect("the delete of a tag alone", story.Want{Path: path, Action: "deleteImage", Repo: "public/files", Tag: "v1", Digest: files})
	s.LogHolds()
}

// pushChart packs a folder and pushes it, as users of helm do.
func (c *tools) pushChart(folder, archive, namespace string) string {
	c.t.Helper()
	if output, err := c.command(c.t.Context(), "helm", "package", folder).CombinedOutput(); err != nil {
		c.t.Fatalf("helm package: %v\n%s", err, output)
	}
	return c.run("helm", "push", archive, "oci://"+c.at(namespace))
}

// pushImage pushes an image of its own to a repository, with the tag v1.
func (c *tools) pushImage(s *story.Story, repository string) string {
	c.t.Helper()
	pushed, err := s.Registry.PushImage(c.t.Context(), repository, "v1", repository)
	if err != nil {
		c.t.Fatal(err)
	}
	return pushed
}

// delete deletes a digest, or a tag alone.
func (c *tools) delete(s *story.Story, repository, reference string) {
	c.t.Helper()
	if err := s.Registry.DeleteManifest(c.t.Context(), repository, reference); err != nil {
		c.t.Fatal(err)
	}
}

// ignored looks for a reason among those of the events that made no delivery.
func (c *tools) ignored(s *story.Story, code text.Code) {
	c.t.Helper()
	recent, err := s.Server.API.GetIgnored(c.t.Context(), "default")
	if err != nil {
		c.t.Fatal(err)
	}
	if !slices.ContainsFunc(recent.Reasons, func(r apiv1.ReasonCount) bool { return r.ReasonCode == code }) {
		c.t.Errorf("nothing was ignored as %s, but %+v", code, recent.Reasons)
	}
}
