package deploy

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// grant is one action that a role may do on one resource.
type grant struct{ action, on string }

// checkGrants compares what the role of each function allows with what its code and
// the template make the function do: nothing is missing, and nothing is spare.
func (t *Template) checkGrants(code Code) {
	for _, f := range t.functions() {
		if !slices.Contains(code.Functions, f.folder) {
			continue // checkFunctions tells
		}
		role, ok := t.resourceOf(at(f.body, "Role"))
		if !ok || role.kind != "AWS::IAM::Role" {
			t.report(f.key, "%s: it has no role of its own, so SAM gives it rights on everything of the account", f.name)
			continue
		}
		needs := t.needs(f, code)
		allowed := t.allowed(role)
		for _, one := range needs {
			if !slices.ContainsFunc(allowed, func(a allowance) bool { return a.grant == one }) {
				t.report(role.key, "%s: functions/%s needs %s on %s, which no statement allows", role.name, f.folder, one.action, one.on)
			}
		}
		for _, a := range allowed {
			if !slices.Contains(needs, a.grant) && a.on != "*" && !strings.Contains(a.action, "*") {
				t.report(a.at, "%s: %s on %s is allowed, and functions/%s never needs it", role.name, a.action, a.on, f.folder)
			}
		}
	}
}

// needs lists what a function does: the calls of its code, on what its environment
// names, and what Lambda does in its name.
func (t *Template) needs(f function, code Code) []grant {
	var needs []grant
	for _, call := range code.Calls[f.folder] {
		action, index := strings.CutSuffix(call, " index")
		service, _, _ := strings.Cut(action, ":")
		variable := map[string]string{"dynamodb": "SHIPBELL_TABLE", "sqs": "SHIPBELL_QUEUE_URL", "kms": "SHIPBELL_SEAL_KEY"}[service]
		if variable != "" && !slices.ContainsFunc(code.Reads[f.folder], func(v Variable) bool { return v.Name == variable }) {
			continue // the code is linked, but the function does not learn what to call
		}
		text, _ := t.value(t.environment(f)[variable].value)
		on := strings.TrimSuffix(strings.TrimPrefix(text, "kms:"), ".Arn") + ".Arn"
		if index {
			on += "/index/" + code.Index
		}
		needs = append(needs, grant{action, on})
	}
	for _, e := range t.events(f, "SQS") {
		queue, _ := t.value(at(e.value, "Properties", "Queue"))
		for _, action := range []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"} {
			needs = append(needs, grant{action, queue})
		}
	}
	if dead, ok := t.value(at(f.body, "EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination")); ok {
		needs = append(needs, grant{"sqs:SendMessage", dead})
	}
	if logs, ok := t.resourceOf(at(f.body, "LoggingConfig", "LogGroup")); ok {
		needs = append(needs, grant{"logs:CreateLogStream", logs.name + ".Arn"}, grant{"logs:PutLogEvents", logs.name + ".Arn"})
	}
	if tracing, _ := t.value(t.inherited(f, "Tracing")); tracing == "Active" {
		needs = append(needs, grant{"xray:PutTraceSegments", "*"}, grant{"xray:PutTelemetryRecords", "*"})
	}
	return needs
}

// allowance is a grant and where it stands.
type allowance struct {
	grant
	at *yaml.Node
}

// allowed lists what a role allows, with the policies that it names.
func (t *Template) allowed(role resource) []allowance {
	var documents []*yaml.Node
	for _, policy := range items(t.settled(at(role.body, "Policies"))) {
		documents = append(documents, at(t.settled(policy), "PolicyDocument"))
	}
	for _, arn := range items(t.settled(at(role.body, "ManagedPolicyArns"))) {
		policy, ok := t.resourceOf(arn)
		if !ok {
			t.report(arn, "%s: a policy that the template does not hold may allow anything", role.name)
			continue
		}
		documents = append(documents, at(policy.body, "PolicyDocument"))
	}
	var list []allowance
	for _, document := range documents {
		for _, statement := range items(at(document, "Statement")) {
			for _, action := range items(at(statement, "Action")) {
				for _, on := range items(at(statement, "Resource")) {
					text, _ := t.value(on)
					list = append(list, allowance{grant{action.Value, text}, action})
				}
			}
		}
	}
	return list
}

// checkStars refuses stars in what roles allow. X-Ray alone knows no resources.
func (t *Template) checkStars() {
	for _, kind := range []string{"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"} {
		for _, r := range t.resources(kind) {
			walk(r.body, r.name, func(n *yaml.Node, path string) bool {
				if at(n, "Effect") == nil {
					return true
				}
				actions := items(at(n, "Action"))
				for _, action := range actions {
					if strings.Contains(action.Value, "*") {
						t.report(action, "%s: the action %q allows more than it names", r.name, action.Value)
					}
				}
				tracing := !slices.ContainsFunc(actions, func(n *yaml.Node) bool { return !strings.HasPrefix(n.Value, "xray:Put") })
				for _, on := range items(at(n, "Resource")) {
					if text, _ := t.value(on); strings.Contains(text, "*") && !tracing {
						t.report(on, "%s: the resource %q is more than the function's own", r.name, text)
					}
				}
				return true
			})
		}
	}
}
