package deploy_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/shipbell/shipbell/test/emulators"
)

// TestCalls proves that the reading of the code tells functions apart: not every
// binary that holds a call can come to make it.
func TestCalls(t *testing.T) {
	t.Parallel()
	code := code(t)
	tests := []struct {
		function, call string
		want           bool
	}{
		{"deliver", "sqs:SendMessage", true},
		{"sweep", "sqs:SendMessage", true},
		{"logs", "sqs:SendMessage", true},
		{"triggers", "sqs:SendMessage", false},
		{"console", "sqs:SendMessage", true},
		{"sweep", "dynamodb:Query index", true},
		{"deliver", "dynamodb:Query index", false},
		{"receive", "dynamodb:PutItem", true},
		{"receive", "dynamodb:Scan", false},
		{"receive", "kms:GenerateMac", true},
	}
	for _, test := range tests {
		if got := slices.Contains(code.Calls[test.function], test.call); got != test.want {
			t.Errorf("%s can come to call %s: got %v, want %v; it calls %v", test.function, test.call, got, test.want, code.Calls[test.function])
		}
	}
}

// TestEmulatedTable compares the table that other tests make with the template's.
func TestEmulatedTable(t *testing.T) {
	t.Parallel()
	e := emulators.Start(t)
	name := e.NewTable(t)
	answer, err := e.DynamoDBClient().DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		t.Fatal(err)
	}
	type key struct{ AttributeName, AttributeType, KeyType string }
	type index struct {
		IndexName  string
		KeySchema  []key
		Projection struct {
			ProjectionType   string
			NonKeyAttributes []string
		}
	}
	type table struct {
		BillingMode            string
		AttributeDefinitions   []key
		KeySchema              []key
		GlobalSecondaryIndexes []index
	}
	var parsed struct {
		Resources map[string]struct {
			Properties map[string]any `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "template.yaml")), &parsed); err != nil {
		t.Fatal(err)
	}
	var want, got table
	remake(t, parsed.Resources["Table"].Properties, &want)
	remake(t, answer.Table, &got)
	got.BillingMode = string(answer.Table.BillingModeSummary.BillingMode)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the emulated table (-template +emulated):\n%s", diff)
	}
}

// remake fills a value with those fields of another that it has too.
func remake(t *testing.T, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}
