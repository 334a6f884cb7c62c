package deploy

import (
	"regexp"

	"gopkg.in/yaml.v3"
)

// checkKept checks that data outlives mistakes and that logs do not outlive their
// use.
func (t *Template) checkKept() {
	isTrue := func(n *yaml.Node) bool { return n != nil && n.Value == "true" }
	for _, table := range t.resources("AWS::DynamoDB::Table") {
		t.checkRetained(table)
		for _, one := range []struct {
			path []string
			why  string
		}{
			{[]string{"SSESpecification", "SSEEnabled"}, "it is not encrypted with a key of the account"},
			{[]string{"TimeToLiveSpecification", "Enabled"}, "nothing ever expires"},
			{[]string{"PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"}, "there is no way back from a mistake"},
		} {
			if !isTrue(at(table.body, one.path...)) {
				t.report(table.key, "%s: without %s.%s: true, %s", table.name, one.path[0], one.path[1], one.why)
			}
		}
	}
	for _, key := range t.resources("AWS::KMS::Key") {
		t.checkRetained(key)
	}
	for _, logs := range t.resources("AWS::Logs::LogGroup") {
		if at(logs.body, "RetentionInDays") == nil {
			t.report(logs.key, "%s: without RetentionInDays logs are kept, and paid for, for ever", logs.name)
		}
	}
	for _, f := range t.functions() {
		if logs, ok := t.resourceOf(at(f.body, "LoggingConfig", "LogGroup")); !ok || logs.kind != "AWS::Logs::LogGroup" {
			t.report(f.key, "%s: LoggingConfig.LogGroup is no log group of the template, so one is made that keeps logs for ever", f.name)
		}
	}
}

func (t *Template) checkRetained(r resource) {
	for _, name := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		if n := at(r.node, name); n == nil || n.Value != "Retain" {
			t.report(r.key, "%s: without %s: Retain it goes with the stack", r.name, name)
		}
	}
}

var secretName = regexp.MustCompile(`(?i)(secret|password|token|credential|key)`)

// checkSecrets looks for secrets in the open, and for fixed names, which would keep
// a second stack out of the account.
func (t *Template) checkSecrets() {
	for _, p := range entries(at(t.root, "Parameters")) {
		if hidden := at(p.value, "NoEcho"); secretName.MatchString(p.name) && (hidden == nil || hidden.Value != "true") {
			t.report(p.key, "Parameters.%s: a secret needs NoEcho: true", p.name)
		}
	}
	for _, r := range t.resources("") {
		for _, e := range entries(r.body) {
			switch e.name {
			case "TableName", "QueueName", "FunctionName", "RoleName", "LogGroupName", "AlarmName", "TopicName", "DashboardName", "ManagedPolicyName", "Name":
				if _, is := readIntrinsic(e.value); !is {
					t.report(e.key, "%s: a fixed %s keeps a second stack out of the account", r.name, e.name)
				}
			}
		}
	}
}
