package deploy

import (
	"fmt"
	"slices"
	"strings"
)

// grant is one action that a role may do on one resource.
type grant struct{ action, on string }

type policy struct {
	PolicyDocument struct {
		Statement []struct{ Action, Resource list }
	}
}

type role struct {
	Policies          []policy
	ManagedPolicyArns list
}

// checkGrants compares what the role of each function allows with what its code and
// the template make the function do: nothing is missing, and nothing is spare.
func (t *template) checkGrants(code Code, found faults) error {
	roles, err := properties[role](t, "AWS::IAM::Role")
	if err != nil {
		return err
	}
	managed, err := properties[policy](t, "AWS::IAM::ManagedPolicy")
	if err != nil {
		return err
	}
	for name, f := range t.functions {
		if !slices.Contains(code.Functions, f.folder()) {
			continue // checkFunctions tells
		}
		own := strings.TrimSuffix(f.Role, ".Arn")
		r, ok := roles[own]
		if !ok {
			found.add("%s: it has no role of its own, so SAM gives it rights on everything of the account", name)
			continue
		}
		policies := r.Policies
		for _, arn := range r.ManagedPolicyArns {
			one, ok := managed[arn]
			if !ok {
				found.add("%s: %s, a policy that the template does not hold, may allow anything", own, arn)
			}
			policies = append(policies, one)
		}
		needs, allowed := append(f.needs(code), t.tableKey()...), allowed(own, policies, found)
		for _, one := range needs {
			if !slices.Contains(allowed, one) {
				found.add("%s: functions/%s needs %s on %s, which no statement allows", own, f.folder(), one.action, one.on)
			}
		}
		for _, one := range allowed {
			if !slices.Contains(needs, one) && one.on != "*" && !strings.Contains(one.action, "*") {
				found.add("%s: %s on %s is allowed, and functions/%s never needs it", own, one.action, one.on, f.folder())
			}
		}
	}
	return nil
}

// needs lists what a function does: the calls of its code, on what its environment
// names, and what Lambda does in its name.
func (f function) needs(code Code) []grant {
	var needs []grant
	for _, call := range code.Calls[f.folder()] {
		action, index := strings.CutSuffix(call, " index")
		for _, variable := range named(action) {
			if !slices.ContainsFunc(code.Reads[f.folder()], func(v Variable) bool { return v.Name == variable }) {
				continue // the code is linked, but the function does not learn what to call
			}
			on := strings.TrimPrefix(fmt.Sprint(f.Environment.Variables[variable]), "kms:")
			if !strings.HasPrefix(on, "arn:") {
				on = strings.TrimSuffix(on, ".Arn") + ".Arn"
			}
			if index {
				on += "/index/" + code.Index
			}
			needs = append(needs, grant{action, on})
		}
	}
	for _, e := range f.events("SQS") {
		for _, action := range []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"} {
			needs = append(needs, grant{action, e.Properties.Queue})
		}
	}
	if dead := f.EventInvokeConfig.DestinationConfig.OnFailure.Destination; dead != "" {
		needs = append(needs, grant{"sqs:SendMessage", dead})
	}
	if logs := f.LoggingConfig.LogGroup + ".Arn"; logs != ".Arn" {
		needs = append(needs, grant{"logs:CreateLogStream", logs}, grant{"logs:PutLogEvents", logs})
	}
	if f.Tracing == "Active" {
		needs = append(needs, grant{"xray:PutTraceSegments", "*"}, grant{"xray:PutTelemetryRecords", "*"})
	}
	return needs
}

// named are the variables by which a function learns what to call.
func named(action string) []string {
	switch service, call, _ := strings.Cut(action, ":"); {
	case service == "dynamodb":
		return []string{"SHIPBELL_TABLE"}
	case service == "kms":
		return []string{"SHIPBELL_SEAL_KEY"}
	case service == "lambda":
		return []string{"SHIPBELL_RECEIVE_FUNCTION"}
	case call == "SendMessage":
		return []string{"SHIPBELL_QUEUE_URL", "SHIPBELL_SLOW_QUEUE_URL"}
	default:
		return []string{"SHIPBELL_EVENT_DEAD_LETTERS_URL"}
	}
}

// tableKey lists what whoever uses the table may do with the key that encrypts it, if
// that is a key of the account.
func (t *template) tableKey() []grant {
	key := t.choice["TableKeyArn"]
	if key == "" {
		return nil
	}
	var all []grant
	for _, action := range []string{"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"} {
		all = append(all, grant{"kms:" + action, key})
	}
	return all
}

// allowed lists what policies allow, and refuses stars. X-Ray alone knows no resources.
func allowed(role string, policies []policy, found faults) []grant {
	var all []grant
	for _, one := range policies {
		for _, statement := range one.PolicyDocument.Statement {
			for _, action := range statement.Action {
				if strings.Contains(action, "*") {
					found.add("%s: the action %q allows more than it names", role, action)
				}
				for _, on := range statement.Resource {
					if _, table, given := strings.Cut(on, ":table/"); given && strings.HasPrefix(action, "dynamodb:") {
						name, index, _ := strings.Cut(table, "/") // an existing table, by its name
						on = strings.TrimSuffix(name+".Arn/"+index, "/")
					}
					if strings.Contains(on, "*") && !strings.HasPrefix(action, "xray:Put") {
						found.add("%s: the resource %q is more than the function's own", role, on)
					}
					all = append(all, grant{action, on})
				}
			}
		}
	}
	return all
}
