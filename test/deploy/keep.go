package deploy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

type queue struct {
	VisibilityTimeout, MessageRetentionPeriod int
	RedrivePolicy                             struct {
		DeadLetterTargetArn string
		MaxReceiveCount     int
	}
}

// retention is how many seconds SQS keeps a message.
func (q queue) retention() int {
	const standard = 345600
	return cmp.Or(q.MessageRetentionPeriod, standard)
}

// checkQueues checks what makes a queue safe for the function that reads it: time to
// work, tries with head-room, a place for what failed.
func (t *template) checkQueues(_ Code, found faults) error {
	const minReceives, times = 5, 6
	queues, err := properties[queue](t, "AWS::SQS::Queue")
	if err != nil {
		return err
	}
	for name, f := range t.functions {
		for _, e := range f.events("SQS") {
			if !slices.Contains(e.Properties.FunctionResponseTypes, "ReportBatchItemFailures") {
				found.add("%s: without FunctionResponseTypes: [ReportBatchItemFailures] one failure repeats the whole batch", name)
			}
			for _, setting := range attemptTimeouts() {
				attempt := fmt.Sprint(f.Environment.Variables[setting])
				checkAttempt(name, attempt, time.Duration(f.Timeout)*time.Second, found)
			}
			read := strings.TrimSuffix(e.Properties.Queue, ".Arn")
			q := queues[read]
			if q.VisibilityTimeout < times*f.Timeout {
				found.add("%s: VisibilityTimeout is %d s, less than %d times the %d s of %s", read, q.VisibilityTimeout, times, f.Timeout, name)
			}
			dead := strings.TrimSuffix(q.RedrivePolicy.DeadLetterTargetArn, ".Arn")
			switch kept, ok := queues[dead]; {
			case !ok:
				found.add("%s: it has no dead-letter queue", read)
			case q.RedrivePolicy.MaxReceiveCount < minReceives:
				found.add("%s: maxReceiveCount is %d, less than %d", read, q.RedrivePolicy.MaxReceiveCount, minReceives)
			case kept.retention() <= q.retention():
				found.add("%s: messages are kept for %d s, not more than the %d s of %s", dead, kept.retention(), q.retention(), read)
			}
		}
	}
	return nil
}

type table struct {
	BillingMode      string
	SSESpecification struct {
		SSEEnabled     bool
		KMSMasterKeyID string
	}
	TimeToLiveSpecification          struct{ Enabled bool }
	PointInTimeRecoverySpecification struct{ PointInTimeRecoveryEnabled bool }
}

// checkKept checks that data outlives mistakes, that logs do not outlive their use, and
// that the dashboard is JSON, which deploying would find late.
func (t *template) checkKept(_ Code, found faults) error {
	tables, err := properties[table](t, "AWS::DynamoDB::Table")
	if err != nil {
		return err
	}
	for name, one := range tables {
		for why, holds := range map[string]bool{
			"an idle table would cost something":                                                one.BillingMode == "PAY_PER_REQUEST",
			"it is encrypted with another key than TableKeyArn, and only that AWS owns is free": one.SSESpecification.KMSMasterKeyID == t.choice["TableKeyArn"] && one.SSESpecification.SSEEnabled == (t.choice["TableKeyArn"] != ""),
			"nothing ever expires":                                                              one.TimeToLiveSpecification.Enabled,
			"there is no way back from a mistake":                                               one.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled,
		} {
			if !holds {
				found.add("%s: %s", name, why)
			}
		}
	}
	for name, r := range t.resources {
		if (r.Type == "AWS::DynamoDB::Table" || r.Type == "AWS::KMS::Key") && (r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain") {
			found.add("%s: without DeletionPolicy and UpdateReplacePolicy: Retain it goes with the stack", name)
		}
	}
	if err := t.checkLogs(found); err != nil {
		return err
	}
	return t.checkDashboard(found)
}

func (t *template) checkLogs(found faults) error {
	groups, err := properties[struct{ RetentionInDays int }](t, "AWS::Logs::LogGroup")
	if err != nil {
		return err
	}
	for name, group := range groups {
		if group.RetentionInDays == 0 {
			found.add("%s: without RetentionInDays logs are kept, and paid for, for ever", name)
		}
	}
	for name, f := range t.functions {
		if _, ok := groups[f.LoggingConfig.LogGroup]; !ok {
			found.add("%s: LoggingConfig.LogGroup is no log group of the template, so one is made that keeps logs for ever", name)
		}
	}
	return nil
}

func (t *template) checkDashboard(found faults) error {
	dashboards, err := properties[struct{ DashboardBody string }](t, "AWS::CloudWatch::Dashboard")
	if err != nil {
		return err
	}
	for name, dashboard := range dashboards {
		var body struct {
			Widgets []struct {
				Properties struct{ Metrics [][]any }
			}
		}
		if err := json.Unmarshal([]byte(dashboard.DashboardBody), &body); err != nil {
			found.add("%s: DashboardBody: %v", name, err)
		}
		for i, widget := range body.Widgets {
			if len(widget.Properties.Metrics) == 0 {
				found.add("%s: widget %d shows nothing", name, i)
			}
		}
	}
	return nil
}
