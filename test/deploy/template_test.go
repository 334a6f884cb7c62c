package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/platform/aws/redrive"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/deploy"
)

const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readCode reads the source once for all tests.
var readCode = sync.OnceValues(func() (deploy.Code, error) { return deploy.ReadCode(root, variables, scf) })

func code(t *testing.T) deploy.Code {
	t.Helper()
	code, err := readCode()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// variables asks the code which environment variables a function reads. All must be
// set, so that the template shows what there is, but for the file of certificates,
// which a zip does not hold.
func variables(function string) []deploy.Variable {
	f := setup.Function(function)
	var list []deploy.Variable
	for _, name := range aws.Variables(f.Needs()) {
		list = append(list, deploy.Variable{Name: name})
	}
	if f == setup.Sweep {
		for _, name := range redrive.Variables() {
			list = append(list, deploy.Variable{Name: name})
		}
	}
	for _, one := range new(setup.Settings).For(f) {
		list = append(list, deploy.Variable{Name: one.Variable(), Optional: one.Name == "ca-file" || one.Name == "admin-secret"})
	}
	return list
}

func checkTemplate(t *testing.T, text string) []string {
	t.Helper()
	found, err := deploy.CheckTemplate([]byte(text), code(t))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// fault is planted in a file: a text is replaced, the first time it occurs. want is
// what must be found.
type fault struct{ replace, with, want string }

// planted gives a text with a fault.
func (f fault) planted(t *testing.T, text string) string {
	t.Helper()
	if !strings.Contains(text, f.replace) {
		t.Fatalf("the file does not hold the text to replace:\n%s", f.replace)
	}
	return strings.Replace(text, f.replace, f.with, 1)
}

// judge compares what was found with what must be.
func (f fault) judge(t *testing.T, got []string) {
	t.Helper()
	if !slices.Contains(got, f.want) {
		t.Errorf("the fault was not found, got:\n%s\nwant among them:\n%s", strings.Join(got, "\n"), f.want)
	}
	if len(got) > 24 { // a function with all its routes
		t.Errorf("one fault gives %d lines, which hide it:\n%s", len(got), strings.Join(got, "\n"))
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	text := read(t, "template.yaml")
	for _, line := range checkTemplate(t, text) {
		t.Error(line)
	}
	const actions = `["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]`
	const send = `              - {Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Deliveries.Arn}` + "\n"
	for _, fault := range []fault{
		// how functions run
		{"Default: arm64", "Default: x86_64", `SweepFunction: the architecture is ["x86_64"], and make build/lambda builds for arm64`},
		{"Handler: bootstrap", "Handler: main", `LogsFunction: it runs "main" on "provided.al2023", and must run bootstrap on provided.al2023`},
		{"Runtime: provided.al2023", "Runtime: go1.x", `SweepFunction: it runs "bootstrap" on "go1.x", and must run bootstrap on provided.al2023`},
		{"CodeUri: build/lambda/logs.zip", "CodeUri: functions/logs", `LogsFunction: CodeUri is "functions/logs", which make build/lambda does not make`},
		{"CodeUri: build/lambda/logs.zip", "CodeUri: build/lambda/log.zip", "functions/logs has no function in the template"},
		{"Type: Schedule\n          Properties: {Schedule: rate(1 minute)}", "Type: EventBridgeRule\n          Properties: {Pattern: {source: [aws.ecr]}}", "SweepFunction: nothing calls it, it has no event of type Schedule"},
		// queues
		{"FunctionResponseTypes: [ReportBatchItemFailures]", "Enabled: true", "DeliverFunction: without FunctionResponseTypes: [ReportBatchItemFailures] one failure repeats the whole batch"},
		{"      MessageRetentionPeriod: 1209600", "      MessageRetentionPeriod: 345600", "DeliveryDeadLetters: messages are kept for 345600 s, not more than the 345600 s of Deliveries"},
		{"        deadLetterTargetArn: !GetAtt DeliveryDeadLetters.Arn\n", "", "Deliveries: it has no dead-letter queue"},
		{"            Queue: !GetAtt SlowDeliveries.Arn\n            BatchSize: 10\n            FunctionResponseTypes: [ReportBatchItemFailures]\n", "            Queue: !GetAtt SlowDeliveries.Arn\n            BatchSize: 10\n", "DeliverFunction: without FunctionResponseTypes: [ReportBatchItemFailures] one failure repeats the whole batch"},
		{"maxReceiveCount: 8", "maxReceiveCount: 4", "Deliveries: maxReceiveCount is 4, less than 5"},
		{"Timeout: 75", "Timeout: 69", "DeliverFunction: its timeout is 1m9s, and an attempt of 1m0s needs 10s beside"},
		{"VisibilityTimeout: 450", "VisibilityTimeout: 449", "Deliveries: VisibilityTimeout is 449 s, less than 6 times the 75 s of DeliverFunction"},
		// variables
		{"        SHIPBELL_LOG_LEVEL: !Ref LogLevel\n", "        SHIPBELL_LOG_LEVEL: !Ref LogLevel\n        SHIPBELL_SPARE: \"1\"\n", "SweepFunction: SHIPBELL_SPARE is set, and functions/sweep does not read it"},
		{"          SHIPBELL_SLOW_QUEUE_URL: !Ref SlowDeliveries\n", "", "DeliverFunction: SHIPBELL_SLOW_QUEUE_URL is not set, and functions/deliver reads it"},
		{"SHIPBELL_TARGET_SLOTS: !", "SHIPBELL_TARGET_SLOT: !", "DeliverFunction: SHIPBELL_TARGET_SLOT is set, and functions/deliver does not read it"},
		{"          SHIPBELL_RETRY_WAITS: !Ref RetryWaits\n", "", "ReceiveFunction: SHIPBELL_RETRY_WAITS is not set, and functions/receive reads it"},
		{"  AlarmEmail:\n", "  Spare:\n    Type: String\n    Default: x\n  AlarmEmail:\n", "Parameters.Spare: nothing uses it"},
		// grants
		{actions, strings.Replace(actions, `, "dynamodb:UpdateItem"`, "", 1), "ReceiveRole: functions/receive needs dynamodb:UpdateItem on Table.Arn, which no statement allows"},
		{actions, strings.Replace(actions, "[", `["dynamodb:Scan", `, 1), "ReceiveRole: dynamodb:Scan on Table.Arn is allowed, and functions/receive never needs it"},
		{`Action: ["logs:CreateLogStream", "logs:PutLogEvents"]`, `Action: "logs:*"`, `ReceiveRole: the action "logs:*" allows more than it names`},
		{send + "              - Effect: Allow\n                Action: [\"sqs:DeleteMessage\"", "              - Effect: Allow\n                Action: [\"sqs:DeleteMessage\"", "DeliverRole: functions/deliver needs sqs:SendMessage on Deliveries.Arn, which no statement allows"},
		{strings.Replace(send, "Deliveries", "SlowDeliveries", 1), "", "DeliverRole: functions/deliver needs sqs:SendMessage on SlowDeliveries.Arn, which no statement allows"},
		{"Resource: [!GetAtt Deliveries.Arn, !GetAtt SlowDeliveries.Arn]", "Resource: !GetAtt Deliveries.Arn", "DeliverRole: functions/deliver needs sqs:ReceiveMessage on SlowDeliveries.Arn, which no statement allows"},
		{"[!Ref StorePolicy, !Ref DuePolicy]", "[!Ref StorePolicy]", "SweepRole: functions/sweep needs dynamodb:Query on Table.Arn/index/due, which no statement allows"},
		{`!Sub "${ExistingTableArn}/index/due"]`, `!Sub "${Table.Arn}/index/due"]`, "SweepRole: functions/sweep needs dynamodb:Query on given.Arn/index/due, which no statement allows"},
		{`Resource: !If [MakesSealKey, !GetAtt SealKey.Arn, !Ref SealKeyArn]`, `Resource: !GetAtt SealKey.Arn`, "LogsRole: functions/logs needs kms:GenerateMac on arn:aws:service:region:111122223333:table/given, which no statement allows"},
		{`"kms:Encrypt", `, "", "LogsRole: functions/logs needs kms:Encrypt on arn:aws:service:region:111122223333:table/given, which no statement allows"},
		{send + "              - {Effect: Allow, Action: [\"sqs:DeleteMessage\"", "              - {Effect: Allow, Action: [\"sqs:DeleteMessage\"", "SweepRole: functions/sweep needs sqs:SendMessage on Deliveries.Arn, which no statement allows"},
		{`Action: ["sqs:DeleteMessage", "sqs:ReceiveMessage"], Resource: !GetAtt EventDeadLetters.Arn`, `Action: "sqs:ReceiveMessage", Resource: !GetAtt EventDeadLetters.Arn`, "SweepRole: functions/sweep needs sqs:DeleteMessage on EventDeadLetters.Arn, which no statement allows"},
		{`              - {Effect: Allow, Action: "lambda:InvokeFunction", Resource: !GetAtt ReceiveFunction.Arn}` + "\n", "", "SweepRole: functions/sweep needs lambda:InvokeFunction on ReceiveFunction.Arn, which no statement allows"},
		{"      Role: !GetAtt DeliverRole.Arn\n", "", "DeliverFunction: it has no role of its own, so SAM gives it rights on everything of the account"},
		{send, strings.Replace(send, "!GetAtt Deliveries.Arn", `"*"`, 1), `DeliverRole: the resource "*" is more than the function's own`},
		{`"xray:PutTelemetryRecords", "xray:PutTraceSegments"`, `"xray:PutTelemetryRecords"`, "LogsRole: functions/logs needs xray:PutTraceSegments on *, which no statement allows"},
		{"[!Ref StorePolicy, !Ref SealPolicy]", `["arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"]`, "ReceiveRole: arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess, a policy that the template does not hold, may allow anything"},
		// what is kept and shown
		{"  AlarmEmail:\n", "  AdminSecret:\n    Type: String\n  AlarmEmail:\n", "Parameters.AdminSecret: a secret needs NoEcho: true"},
		{"BillingMode: PAY_PER_REQUEST", "BillingMode: PROVISIONED", "Table: an idle table would cost something"},
		{`      SSESpecification: !If [HasTableKey, {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !Ref TableKeyArn}, !Ref "AWS::NoValue"]`, "      SSESpecification: {SSEEnabled: true}", "Table: it is encrypted with another key than TableKeyArn, and only that AWS owns is free"},
		{"          SHIPBELL_RECEIVE_FUNCTION: !Ref ReceiveFunction\n", "", "SweepFunction: SHIPBELL_RECEIVE_FUNCTION is not set, and functions/sweep reads it"},
		{"PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", "Table: there is no way back from a mistake"},
		{"      TimeToLiveSpecification: {AttributeName: x, Enabled: true}\n", "", "Table: nothing ever expires"},
		{"    DeletionPolicy: Retain\n", "", "Table: without DeletionPolicy and UpdateReplacePolicy: Retain it goes with the stack"},
		{"      BillingMode:", "      TableName: shipbell\n      BillingMode:", "Table: a fixed TableName keeps a second stack out of the account"},
		{"LogGroup: !Ref SweepLogs}", "LogGroup: /aws/lambda/sweep}", "SweepFunction: LoggingConfig.LogGroup is no log group of the template, so one is made that keeps logs for ever"},
		{"  LogsLogs:\n    Type: AWS::Logs::LogGroup\n    Properties: {RetentionInDays: !Ref LogRetention}\n", "  LogsLogs:\n    Type: AWS::Logs::LogGroup\n", "LogsLogs: without RetentionInDays logs are kept, and paid for, for ever"},
		{`{"widgets": [`, `{"widgets": [{},`, "Dashboard: widget 0 shows nothing"},
		{`{"widgets": [`, `{"widgets": [[`, "Dashboard: DashboardBody: invalid character '}' after array element"},
		// routes
		{`"/console/{proxy+}":`, `"/pages/{proxy+}":`, "GET /console/page is in the API's description, and no route leads to it"},
		{`"/v1/match/{proxy+}":`, `"/v1/matches/{proxy+}":`, "TriggersFunction: the route ANY /v1/matches/{proxy+} is not in the API's description"},
		{`"/v1/events/{proxy+}":`, `"/v1/keys/{proxy+}/more":`, "ReceiveFunction: the route ANY /v1/keys/{proxy+}/more is not in the API's description"},
		{`integrations/logs"}}}` + "\n", `integrations/console"}}}` + "\n", "ConsoleFunction: the route ANY /v1/deliveries/{proxy+} takes GET /v1/deliveries/{registry}, which functions/console does not serve"},
	} {
		t.Run(fault.want, func(t *testing.T) { fault.judge(t, checkTemplate(t, fault.planted(t, text))) })
	}
}

// TestLint lets cfn-lint check what CloudFormation and SAM take (types, properties, their
// values, and that whatever is named is there), and proves that it looks at that.
func TestLint(t *testing.T) {
	t.Parallel()
	tool := python(t, "cfn-lint", "cfnlint", "template.yaml is not held against CloudFormation's schemas")
	// cfn-lint knows what each region has: no function in a region without Function URLs or
	// HTTP APIs may depend on them.
	if out, err := exec.CommandContext(t.Context(), tool, "--regions", "ALL_REGIONS", "--", filepath.Join(root, "template.yaml")).CombinedOutput(); err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
	text := read(t, "template.yaml")
	faults := []fault{
		{"!GetAtt DeliveryDeadLetters.Arn", "!GetAtt DeliveryDeadLetters.QueueArn", "'QueueArn' is not one of"},
		{"SHIPBELL_QUEUE_URL: !Ref Deliveries", "SHIPBELL_QUEUE_URL: !Ref Delivery", "'Delivery' is not one of"},
		{"    Condition: Mails", "    Condition: Mailed", "'Mailed' is not one of"},
		{"      KeySchema:\n        - {AttributeName: pk", "      KeySchemaX:\n        - {AttributeName: pk", "'KeySchema' is a required property"},
		{"BatchSize: 10", "BatchSize: 10001", "10001 is greater than the maximum"},
		{"        - {AttributeName: d, AttributeType: N}\n", "", "must match"},
		{"    Type: AWS::SNS::Topic\n", "    Type: AWS::SNS::Topics\n", "AWS::SNS::Topics"},
		{"Runtime: provided.al2023", "Runtime: provided.al2023023", "'provided.al2023023' is not one of"},
	}
	for _, fault := range faults {
		text = fault.planted(t, text)
	}
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, file).CombinedOutput()
	if err == nil {
		t.Fatal("cfn-lint takes a template with faults")
	}
	for _, fault := range faults {
		if !strings.Contains(string(out), fault.want) {
			t.Errorf("cfn-lint does not say %q of %q:\n%s", fault.want, fault.with, out)
		}
	}
}
