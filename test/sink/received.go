package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Received is one request that reached the sink. It does not change.
type Received struct {
	// Time is when it arrived.
	Time   time.Time
	Method string
	// URI is the path and the query.
	URI    string
	Header http.Header
	Body   []byte
	// TCR is the body read as the TCR document; zero if it is not exactly one.
	TCR TCR
}

// TCR is the body of a delivery in the format tcr.
type TCR struct {
	Type      string    `json:"type"`
	OccurAt   int64     `json:"occur_at"`
	EventData EventData `json:"event_data"`
	Operator  string    `json:"operator"`
}

// EventData is what happened, and where.
type EventData struct {
	Resources  []Resource `json:"resources"`
	Repository Repository `json:"repository"`
}

// Resource is one image or chart.
type Resource struct {
	Digest      string `json:"digest"`
	Tag         string `json:"tag"`
	ResourceURL string `json:"resource_url"`
}

// Repository is the repository that the resources are in.
type Repository struct {
	DateCreated  int64  `json:"date_created"`
	Name         string `json:"name"`
	Namespace    string `json:"namespace"`
	RepoFullName string `json:"repo_full_name"`
	RepoType     string `json:"repo_type"`
}

func newReceived(arrived time.Time, req *http.Request, body []byte) *Received {
	r := &Received{Time: arrived, Method: req.Method, URI: req.RequestURI, Header: req.Header, Body: body}
	// A field that TCR does not have makes it another format: CloudEvents, too,
	// has a type.
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var tcr TCR
	if err := decoder.Decode(&tcr); err == nil {
		r.TCR = tcr
	}
	return r
}

// ID is the delivery's id, from the header webhook-id.
func (r *Received) ID() shipbell.DeliveryID { return shipbell.DeliveryID(r.Header.Get("webhook-id")) }

// String is one line for the log of a failed test.
func (r *Received) String() string {
	var what strings.Builder
	for _, resource := range r.TCR.EventData.Resources {
		fmt.Fprintf(&what, " %s", resource.ResourceURL)
	}
	if what.Len() == 0 {
		fmt.Fprintf(&what, " %.80q", r.Body)
	}
	return fmt.Sprintf("%s %s %s id=%q %s%s",
		r.Time.Format("15:04:05.000"), r.Method, r.URI, r.ID(), r.TCR.Type, what.String())
}
