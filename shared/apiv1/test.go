package apiv1

import "github.com/shipbell/shipbell/shared/shipbell"

// TestResult is the answer of POST /v1/triggers/{registry}/{id}/test and of POST
// /v1/triggers/{registry}/test.
type TestResult struct {
	Attempts []TestAttempt `json:"attempts"`
}

// TestAttempt is the one attempt that a test made at one target.
type TestAttempt struct {
	TargetURL string `json:"target_url"`
	Attempt
	// Succeeded tells that the target's success rule takes the answer.
	Succeeded bool `json:"succeeded"`
	// Resumed tells that the target was paused, and is not any more.
	Resumed bool `json:"resumed,omitempty"`
	// Request is what was sent, secrets masked.
	Request Request `json:"request"`
}

// TestRequest is the body of POST /v1/triggers/{registry}/test.
type TestRequest struct {
	// Trigger is the one whose stored secrets masks stand for, or 0.
	Trigger shipbell.ID `json:"trigger"`
	// Action is that of the sample event; pushImage if it is "".
	Action shipbell.Action `json:"action"`
	Target Target          `json:"target"`
}
