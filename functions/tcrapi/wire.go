package tcrapi

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// envelope is what every answer is.
type envelope struct {
	Response response `json:"Response"`
}

// response has what an action answers, and nothing of the others.
type response struct {
	TotalCount    *int             `json:"TotalCount,omitempty"`
	Trigger       *webhookTrigger  `json:"Trigger,omitempty"`
	Triggers      []webhookTrigger `json:"Triggers,omitzero"`
	Logs          []webhookLog     `json:"Logs,omitzero"`
	NamespaceList []namespaceInfo  `json:"NamespaceList,omitzero"`
	Registries    []instance       `json:"Registries,omitzero"`
	Tags          []resourceTag    `json:"Tags,omitzero"`
	// Offset and Limit are answered with Tags alone.
	Offset    *int           `json:"Offset,omitempty"`
	Limit     *int           `json:"Limit,omitempty"`
	Error     *responseError `json:"Error,omitempty"`
	RequestID string         `json:"RequestId"`
}

type responseError struct {
	Code    string `json:"Code"`
	Message string `json:"Message"`
}

// webhookTrigger is a trigger as TCR shows it. Nothing of it is ever left out, for
// clients follow its pointers.
type webhookTrigger struct {
	ID            int64             `json:"Id"`
	Name          string            `json:"Name"`
	Description   string            `json:"Description"`
	Targets       []webhookTarget   `json:"Targets"`
	EventTypes    []shipbell.Action `json:"EventTypes"`
	Condition     string            `json:"Condition"`
	Enabled       bool              `json:"Enabled"`
	NamespaceID   int64             `json:"NamespaceId"`
	NamespaceName string            `json:"NamespaceName"`
}

type webhookTarget struct {
	Address string          `json:"Address"`
	Headers []webhookHeader `json:"Headers"`
}

type webhookHeader struct {
	Key    string   `json:"Key"`
	Values []string `json:"Values"`
}

// webhookLog is a delivery as TCR shows it.
type webhookLog struct {
	ID           int64           `json:"Id"`
	TriggerID    int64           `json:"TriggerId"`
	EventType    shipbell.Action `json:"EventType"`
	NotifyType   string          `json:"NotifyType"`
	Detail       string          `json:"Detail"`
	CreationTime string          `json:"CreationTime"`
	UpdateTime   string          `json:"UpdateTime"`
	Status       string          `json:"Status"`
}

// namespaceInfo is a namespace as TCR shows it. Clients follow pointers here too.
type namespaceInfo struct {
	Name             string           `json:"Name"`
	NamespaceID      int64            `json:"NamespaceId"`
	Public           bool             `json:"Public"`
	TagSpecification tagSpecification `json:"TagSpecification"`
}

// instance is a registry as TCR shows it.
type instance struct {
	RegistryID       string           `json:"RegistryId"`
	RegistryName     string           `json:"RegistryName"`
	RegistryType     string           `json:"RegistryType"`
	Status           string           `json:"Status"`
	PublicDomain     string           `json:"PublicDomain"`
	InternalEndpoint string           `json:"InternalEndpoint"`
	CreatedAt        string           `json:"CreatedAt"`
	TagSpecification tagSpecification `json:"TagSpecification"`
}

// tagSpecification is the tags of what has none.
type tagSpecification struct {
	ResourceType string     `json:"ResourceType"`
	Tags         []struct{} `json:"Tags"`
}

// resourceTag is a label of a trigger as the product tag shows it.
type resourceTag struct {
	TagKey      string `json:"TagKey"`
	TagValue    string `json:"TagValue"`
	TagKeyMD5   string `json:"TagKeyMd5"`
	TagValueMD5 string `json:"TagValueMd5"`
	ResourceID  string `json:"ResourceId"`
	ServiceType string `json:"ServiceType"`
	Category    string `json:"Category"`
}

// scalar is a number or bool that a client may also write as a string, as TCR's own
// examples do. It is "" where none was given.
type scalar string

// UnmarshalJSON takes any JSON: what is neither is found out when it is read.
func (s *scalar) UnmarshalJSON(data []byte) error {
	*s = scalar(data)
	if *s == "null" {
		*s = ""
	}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(s))
	}
	return nil
}

// integer reads a whole number from lowest on, or gives the standard one.
func (s scalar) integer(field string, standard, lowest int64) (int64, error) {
	if s == "" {
		return standard, nil
	}
	number, err := strconv.ParseInt(strings.TrimSpace(string(s)), 10, 64)
	if err != nil || number < lowest {
		return 0, shipbell.InvalidField(field, text.TCRIntegerRequired, lowest)
	}
	return number, nil
}

func (s scalar) boolean(field string) (bool, error) {
	value, err := strconv.ParseBool(strings.TrimSpace(string(s)))
	if err != nil {
		return false, shipbell.InvalidField(field, text.TCRBoolRequired)
	}
	return value, nil
}
