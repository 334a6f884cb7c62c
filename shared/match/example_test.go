package match_test

import (
	"fmt"

	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func ExampleSet_Match() {
	s := match.Compile([]shipbell.Trigger{{
		ID: 1, Name: "webhook-demo", Enabled: true,
		Actions: []shipbell.Action{shipbell.PushImage},
		Rule:    shipbell.Rule{Namespace: "public", Repository: "nginx*", Tag: "v*", Dialect: pattern.TCR},
	}})
	e := &shipbell.Event{
		Action:     shipbell.PushImage,
		Repository: shipbell.Repository{FullName: "public/nginx"},
		Resources:  []shipbell.Resource{{Tag: "v1.10.0"}, {Tag: "latest"}},
	}
	for _, m := range s.Match(nil, e) {
		fmt.Println(m.Trigger.Name, m.Resources[0].Tag, len(m.Resources))
	}
	// Output:
	// webhook-demo v1.10.0 1
}

func ExampleSet_Explain() {
	s := match.Compile([]shipbell.Trigger{{
		ID: 1, Name: "webhook-demo", Enabled: true,
		Actions: []shipbell.Action{shipbell.PushImage},
		Rule:    shipbell.Rule{Namespace: "team-*"},
	}})
	e := &shipbell.Event{
		Action:     shipbell.PushImage,
		Repository: shipbell.Repository{FullName: "public/nginx"},
		Resources:  []shipbell.Resource{{Tag: "v1.10.0"}},
	}
	for _, v := range s.Explain(e) {
		fmt.Println(v.TriggerName, v.Matched, v.Reason)
	}
	// Output:
	// webhook-demo false namespace "public" does not match "team-*"
}
