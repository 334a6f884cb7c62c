package deploy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/shipbell/shipbell/functions/deliver"
)

// number works out a number; 0 where there is none.
func (t *Template) number(n *yaml.Node, standard int) int {
	text, ok := t.value(n)
	number, err := strconv.Atoi(text)
	if !ok || err != nil {
		return standard
	}
	return number
}

// resourceOf finds the resource that a node refers to.
func (t *Template) resourceOf(n *yaml.Node) (resource, bool) {
	text, _ := t.value(n)
	name, _, _ := strings.Cut(text, ".")
	return t.resource(name)
}

// besideAttempt is what deliver needs beside an attempt: the wait for a slot, and time
// to claim and to record.
const besideAttempt = deliver.SlotWait + 5*time.Second

// checkQueues checks what makes a queue safe for the function that reads it: time to
// work, tries with head-room, a place for what failed.
func (t *Template) checkQueues() {
	const standardVisibility, standardRetention, minReceives, times = 30, 345600, 5, 6
	for _, f := range t.functions() {
		for _, e := range t.events(f, "SQS") {
			if !slices.ContainsFunc(items(at(e.value, "Properties", "FunctionResponseTypes")), func(n *yaml.Node) bool {
				return n.Value == "ReportBatchItemFailures"
			}) {
				t.report(e.key, "%s.Events.%s: without FunctionResponseTypes: [ReportBatchItemFailures] one failure repeats the whole batch", f.name, e.name)
			}
			queue, ok := t.resourceOf(at(e.value, "Properties", "Queue"))
			if !ok {
				continue // checkReferences tells
			}
			timeout := t.number(t.inherited(f, "Timeout"), 3)
			attempt, _ := t.value(t.environment(f)["SHIPBELL_ATTEMPT_TIMEOUT"].value)
			if limit, err := time.ParseDuration(attempt); err == nil && time.Duration(timeout)*time.Second < limit+besideAttempt {
				t.report(f.key, "%s: Timeout is %d s, and an attempt of %v needs %v beside", f.name, timeout, limit, besideAttempt)
			}
			visibility := t.number(at(queue.body, "VisibilityTimeout"), standardVisibility)
			if visibility < times*timeout {
				t.report(queue.key, "%s: VisibilityTimeout is %d s, less than %d times the %d s of %s", queue.name, visibility, times, timeout, f.name)
			}
			redrive := at(queue.body, "RedrivePolicy")
			dead, ok := t.resourceOf(at(redrive, "deadLetterTargetArn"))
			if !ok {
				t.report(queue.key, "%s: it has no dead-letter queue", queue.name)
				continue
			}
			if receives := t.number(at(redrive, "maxReceiveCount"), 0); receives < minReceives {
				t.report(queue.key, "%s: maxReceiveCount is %d, less than %d", queue.name, receives, minReceives)
			}
			kept, deadKept := t.number(at(queue.body, "MessageRetentionPeriod"), standardRetention), t.number(at(dead.body, "MessageRetentionPeriod"), standardRetention)
			if deadKept <= kept {
				t.report(dead.key, "%s: MessageRetentionPeriod is %d s, not more than the %d s of %s", dead.name, deadKept, kept, queue.name)
			}
		}
	}
}

// checkTables compares the attributes that keys are made of with those defined.
func (t *Template) checkTables() {
	for _, table := range t.resources("AWS::DynamoDB::Table") {
		used := map[string]*yaml.Node{}
		for _, n := range append(items(at(table.body, "GlobalSecondaryIndexes")), table.body) {
			for _, key := range items(at(n, "KeySchema")) {
				if name := at(key, "AttributeName"); name != nil {
					used[name.Value] = name
				}
			}
		}
		defined := map[string]bool{}
		for _, n := range items(at(table.body, "AttributeDefinitions")) {
			name := at(n, "AttributeName")
			if name == nil {
				continue
			}
			defined[name.Value] = true
			if used[name.Value] == nil {
				t.report(name, "%s: AttributeDefinitions has %q, which no key uses", table.name, name.Value)
			}
		}
		for _, name := range sorted(used) {
			if !defined[name] {
				t.report(used[name], "%s: a key uses %q, which AttributeDefinitions lacks", table.name, name)
			}
		}
	}
}
