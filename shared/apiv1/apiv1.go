// Package apiv1 holds the JSON of the REST API, docs/api/openapi.yaml, once: the
// functions encode it, package client and the command line decode it.
//
// Secrets are plain strings here: in the clear in what a client sends, masked in what
// the server answers. A mask that is sent back keeps what is stored.
package apiv1

import (
	"encoding/json"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// Problem is an error, as RFC 9457 has it (application/problem+json).
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Code names what went wrong, and Detail says it in the reader's language.
	Code   text.Code `json:"code"`
	Detail string    `json:"detail"`
	// Errors names each field that is wrong.
	Errors []FieldError `json:"errors,omitempty"`
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	// Field is the path in the JSON body, such as "targets[0].url", or the name of a
	// query parameter.
	Field   string    `json:"field"`
	Code    text.Code `json:"code"`
	Args    []any     `json:"args,omitempty"`
	Message string    `json:"message"`
}

// NewFieldErrors is the JSON of the fields of an error.
func NewFieldErrors(fields []shipbell.FieldError, l text.Language) []FieldError {
	list := make([]FieldError, len(fields))
	for i, f := range fields {
		list[i] = FieldError{Field: f.Field, Code: f.Message.Code, Args: f.Message.Args, Message: f.Message.In(l)}
	}
	return list
}

// Health is the answer of GET /healthz.
type Health struct {
	// Status is "ok", or says what is wrong.
	Status  string `json:"status"`
	Version string `json:"version"`
}

// Registry is a registry instance that sends events.
type Registry struct {
	ID string `json:"id"`
	RegistrySettings
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// RegistrySettings are the fields of a registry that a user sets.
type RegistrySettings struct {
	Host        string `json:"host"`
	Public      bool   `json:"public"`
	Accessories bool   `json:"accessories"`
	// ChartRepositories is a pattern, or "".
	ChartRepositories string `json:"chart_repositories"`
	OnlyChanged       bool   `json:"only_changed"`
	// MergeWindow is in seconds; 0 is off.
	MergeWindow int `json:"merge_window"`
	// KeepUnmatched is never nil in an answer.
	KeepUnmatched *bool `json:"keep_unmatched"`
	// Secret is what the registry's hooks sign with.
	Secret string `json:"secret"`
	// SNSTopics are ARNs of topics of Amazon SNS.
	SNSTopics []string `json:"sns_topics"`
	// Google is the token that pushes of Google's Pub/Sub must have; null for none.
	Google *shipbell.GoogleToken `json:"google"`
}

// NewRegistry is the JSON of a registry.
func NewRegistry(r shipbell.Registry) Registry {
	v := Registry{
		ID: r.ID,
		RegistrySettings: RegistrySettings{
			Host: r.Host, Public: r.Public, Accessories: r.Accessories,
			ChartRepositories: r.ChartRepositories, OnlyChanged: r.OnlyChanged, MergeWindow: r.MergeWindow, KeepUnmatched: &r.KeepUnmatched,
			Secret: r.Secret.String(), SNSTopics: append([]string{}, r.Topics...),
		},
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
	if !r.Google.IsZero() {
		v.Google = &r.Google
	}
	return v
}

// Registries is the answer of GET /v1/registries.
type Registries struct {
	Registries []Registry `json:"registries"`
}

// AccessKey lets its holder in.
type AccessKey struct {
	ID string `json:"id"`
	AccessKeySettings
	CreatedAt time.Time `json:"created_at"`
	// Secret is masked, but in the answer to the request that made the key.
	Secret string `json:"secret,omitempty"`
}

// AccessKeySettings are the fields of an access key that a user sets.
type AccessKeySettings struct {
	Role shipbell.Role `json:"role"`
	// Registries are those that the key may touch; empty means all.
	Registries  []string `json:"registries"`
	Description string   `json:"description"`
}

// NewAccessKey is the JSON of an access key, its secret masked.
func NewAccessKey(k shipbell.AccessKey) AccessKey {
	return AccessKey{
		ID:                k.ID,
		AccessKeySettings: AccessKeySettings{Role: k.Role, Registries: k.Registries, Description: k.Description},
		CreatedAt:         k.CreatedAt, Secret: k.Secret.String(),
	}
}

// AccessKeys is the answer of GET /v1/keys.
type AccessKeys struct {
	Keys []AccessKey `json:"keys"`
}

// ReadOnly are the fields that an object comes with and that may be sent back, so
// that what was read can be written. Their values are not used.
type ReadOnly struct {
	ID        json.RawMessage `json:"id"`
	Registry  json.RawMessage `json:"registry"`
	Version   json.RawMessage `json:"version"`
	CreatedAt json.RawMessage `json:"created_at"`
	UpdatedAt json.RawMessage `json:"updated_at"`
}

// RegistryRequest is the body of PUT /v1/registries/{registry}.
type RegistryRequest struct {
	RegistrySettings
	ReadOnly
}

// TriggerRequest is the body of a POST, PUT or PATCH of a trigger.
type TriggerRequest struct {
	TriggerSettings
	ReadOnly
	Warnings json.RawMessage `json:"warnings"`
}
