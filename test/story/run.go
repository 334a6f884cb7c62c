package story

import (
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Run tells the whole story: images, an index, charts, a signature, tags, pulls and
// deletes, each to the triggers that are about it and to no others.
func (s *Story) Run() {
	s.t.Helper()
	t, ctx := s.t, s.t.Context()
	to := func(path string) apiv1.Target { return apiv1.Target{URL: s.Sink.URL() + path} }
	s.Server.CreateTrigger(apiv1.TriggerSettings{
		Name: "images", Actions: []shipbell.Action{"pushImage", "deleteImage"}, Rule: shipbell.Rule{Namespace: "public", Tag: "v*"},
		Targets: []apiv1.Target{to("/images")},
	})
	s.Server.CreateTrigger(apiv1.TriggerSettings{
		Name: "both", Actions: []shipbell.Action{"pushImage", "deleteImage", "uploadChart", "deleteChart"}, Rule: shipbell.Rule{Namespace: "{public,charts}"},
		Targets: []apiv1.Target{to("/both/a"), to("/both/b")},
	})
	s.Server.CreateTrigger(apiv1.TriggerSettings{
		Name: "elsewhere", Actions: []shipbell.Action{"pushImage", "deleteImage", "uploadChart"}, Rule: shipbell.Rule{Namespace: "private"},
		Targets: []apiv1.Target{to("/elsewhere")},
	})
	s.Server.CreateTrigger(apiv1.TriggerSettings{
		Name: "pulls", Actions: []shipbell.Action{"pullImage"}, Rule: shipbell.Rule{Namespace: "public"},
		Targets: []apiv1.Target{to("/pulls")},
	})
	must := func(digest string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return digest
	}

	app := must(s.Registry.PushImage(ctx, "public/app", "v1.0.0", "one"))
	push := func(action, repo, tag, digest string, paths ...string) (all []Want) {
		for _, path := range paths {
			all = append(all, Want{path, action, repo, tag, digest})
		}
		return all
	}
	s.Expect("an image", push("pushImage", "public/app", "v1.0.0", app, "/images", "/both/a", "/both/b")...)

	index, _, err := s.Registry.PushIndex(ctx, "public/multi/arch", "v2", "two")
	must(index, err)
	s.Expect("an index of two architectures", push("pushImage", "public/multi/arch", "v2", index, "/images", "/both/a", "/both/b")...)

	chart := must(s.Registry.PushChart(ctx, "charts/demo", "0.1.0", "three"))
	s.Expect("a chart", push("uploadChart", "charts/demo", "0.1.0", chart, "/both/a", "/both/b")...)

	must(s.Registry.PushSignature(ctx, "public/app", app))
	s.Expect("a signature")

	must(s.Registry.PushImage(ctx, "other/app", "v1.0.0", "four"))
	s.Expect("an image that no trigger is about")

	must("", s.Registry.Tag(ctx, "public/app", "v1.0.0", "stable"))
	s.Expect("another tag, for which the client gets the manifest first", append(
		push("pullImage", "public/app", "v1.0.0", app, "/pulls"),
		push("pushImage", "public/app", "stable", app, "/both/a", "/both/b")...)...)

	must(s.Registry.Pull(ctx, "public/multi/arch", "v2"))
	s.Expect("a pull of an index and what is for one architecture", push("pullImage", "public/multi/arch", "v2", index, "/pulls")...)

	must("", s.Registry.DeleteManifest(ctx, "public/app", app))
	s.Expect("a delete by digest, of two tags", append(
		push("deleteImage", "public/app", "v1.0.0", app, "/images", "/both/a", "/both/b"),
		push("deleteImage", "public/app", "stable", app, "/both/a", "/both/b")...)...)

	must("", s.Registry.DeleteManifest(ctx, "charts/demo", chart))
	s.Expect("a delete of a chart", push("deleteChart", "charts/demo", "0.1.0", chart, "/both/a", "/both/b")...)

	s.LogHolds()
}
