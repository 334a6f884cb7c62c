package trigger_test

import (
	"fmt"

	"github.com/shipbell/shipbell/shared/trigger"
)

func ExampleParsePattern() {
	p, err := trigger.ParsePattern(trigger.DialectTCR, trigger.FieldTag, "{env1, env2}")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Effective(), p.Match("env1-20241202"), p.Match("my-env1"))

	_, err = trigger.ParsePattern(trigger.DialectTCR, trigger.FieldRepository, "path/")
	fmt.Println(err)
	// Output:
	// [env1* env2*] true false
	// "path/" ends in a slash and no name does: write "path/**" for all that is under it, or "path"
}

func ExampleSet_Match() {
	s := trigger.Compile([]trigger.Trigger{{
		ID: 1, Name: "webhook-demo", Enabled: true,
		Actions: []trigger.Action{trigger.PushImage},
		Rule:    trigger.Rule{Namespace: "public", Repository: "nginx*", Tag: "v*", Dialect: trigger.DialectTCR},
	}})
	e := &trigger.Event{
		Action:     trigger.PushImage,
		Repository: trigger.Repository{FullName: "public/nginx"},
		Resources:  []trigger.Resource{{Tag: "v1.10.0"}, {Tag: "latest"}},
	}
	for _, m := range s.Match(nil, e) {
		fmt.Println(m.Trigger.Name, m.Resources[0].Tag, len(m.Resources))
	}
	// Output:
	// webhook-demo v1.10.0 1
}

func ExampleSet_Explain() {
	s := trigger.Compile([]trigger.Trigger{{
		ID: 1, Name: "webhook-demo", Enabled: true,
		Actions: []trigger.Action{trigger.PushImage},
		Rule:    trigger.Rule{Namespace: "team-*"},
	}})
	e := &trigger.Event{
		Action:     trigger.PushImage,
		Repository: trigger.Repository{FullName: "public/nginx"},
		Resources:  []trigger.Resource{{Tag: "v1.10.0"}},
	}
	for _, v := range s.Explain(e) {
		fmt.Println(v.TriggerName, v.Matched, v.Reason)
	}
	// Output:
	// webhook-demo false namespace "public" does not match "team-*"
}
